"""Recipes that nobody wrote: the quick start's, and a first one for data that was only named."""

from __future__ import annotations

from pathlib import Path

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.data import load_dataset, offered_cluster
from tunecard.pipeline.plans import Plans
from tunecard.recipe import Recipe


def quickstart_recipe() -> Recipe:
    """Named entities on the embedded base and the embedded data."""
    return check_recipe(
        {
            "base_model": "embedded",
            "data": {"source": "embedded"},
            "training": {"epochs": 3, "learning_rate": 2e-3},
            "evaluation": {"factors": ["length", "theme"]},
            "card": {
                "direct_use": "Trying tunecard out, and reading what a full card says.",
                "out_of_scope_use": "Any decision: the data set is small and written for demonstration.",
                "license": "apache-2.0",
                "language": "en",
            },
        },
        place="quickstart",
    )


def propose_recipe(data: str, base_folder: Path) -> Recipe:
    """A recipe for data that is only named: columns and task are guessed, everything else stays `auto`.

    A column such as `document`, whose values repeat, is offered as the one that names rows that belong together.

    Raises: DataError: the data cannot be read, or its columns are doubtful.
    """
    recipe = check_recipe({"data": {"source": data}}, place="recipe")
    plan = Plans(recipe, base_folder).data()
    dataset = load_dataset(plan)
    return check_recipe(
        {
            "base_model": "embedded",
            "task": dataset.kind,
            "data": {"source": data, "columns": dict(dataset.columns)},
            "evaluation": {"cluster": offered_cluster(plan)},
        },
        place="recipe",
    )
