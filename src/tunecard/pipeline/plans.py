"""What a recipe asks of the data room. Nothing here needs torch, so that a recipe can be proposed without it."""

from __future__ import annotations

from pathlib import Path

from tunecard.data import DataPlan
from tunecard.recipe import Recipe


def data_plan(recipe: Recipe, base_folder: Path) -> DataPlan:
    """The data block of a recipe as the data room's plan."""
    data = recipe.data
    return DataPlan(
        source=data.source,
        config=data.config,
        revision=data.revision,
        splits=data.splits.model_dump(),
        columns=data.columns,
        labels=data.labels,
        sample=data.sample.model_dump(),
        seed=recipe.seeds[0],
        task=recipe.task,
        factors=list(recipe.evaluation.factors),
        base_folder=base_folder,
    )
