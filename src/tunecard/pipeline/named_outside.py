"""What a recipe says of scope and harm: rows out of scope, read in the task's own roles, and harmful labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from tunecard.data import DataPlan
from tunecard.data.other_rows import read_other_rows
from tunecard.errors import DataError, MachineError, RecipeError, nearest
from tunecard.examination.identity_sentences import harmful_labels
from tunecard.examination.outside import Outside
from tunecard.pipeline.plans import Plans
from tunecard.recipe import OutOfScopeRecipe
from tunecard.rows.dataset import Split
from tunecard.tasks import Task

KEY = "evaluation.out_of_scope"
SHOWN = 20


def named_outside(plans: Plans, task: Task, scored: Split) -> tuple[Outside, ...]:
    """Every entry of the recipe, read.

    Args:
        scored: the rows whose score leads; their roles are those of the rows that are read.
    Raises: RecipeError: rows that cannot be read or are none of the task's, labels that nobody has; all at once.
    """
    found, faults = [], []
    for asked in plans.out_of_scope:
        try:
            found.append(_read(asked, plans, task, scored))
        except (DataError, MachineError) as error:
            faults += [f"{KEY}: {problem}" for problem in error.problems]
    if faults:
        raise RecipeError(faults, place="recipe")
    return tuple(found)


def named_harmful(plans: Plans, task: Task) -> tuple[str, ...]:
    """Labels that say a text is harmful: as named, else by their names. Raises: RecipeError: labels nobody has."""
    if plans.harmful is None:
        return harmful_labels(task.labels)
    faults = [
        f"evaluation.harmful must name labels of the data: {', '.join(task.labels[:SHOWN])}. "
        f"Got {label!r}.{nearest(label, task.labels)}"
        for label in plans.harmful
        if label not in task.labels
    ]
    if faults:
        raise RecipeError(faults, place="recipe")
    return tuple(plans.harmful)


def _read(asked: OutOfScopeRecipe, plans: Plans, task: Task, scored: Split) -> Outside:
    if asked.source is None:
        return _labelled_so(asked, scored)
    plan = DataPlan(
        asked.source,
        config=asked.config,
        revision=asked.revision,
        columns=asked.columns,
        base_folder=plans.base_folder,
        needs_train=False,
    )
    if asked.split is not None:
        plan = replace(plan, splits={"train": None, "validation": None, "test": asked.split})
    rows = read_other_rows(plan, task, list(scored.inputs), asked.labels)
    of = f" ({', '.join(asked.labels)})" if asked.labels else ""
    return Outside(f"{PurePath(asked.source).name} {asked.split or rows.name}{of}", rows)


def _labelled_so(asked: OutOfScopeRecipe, scored: Split) -> Outside:
    """Those of the scored rows that have one of these labels."""
    known = list(dict.fromkeys(label for label in scored.labels if isinstance(label, str)))
    unknown = [label for label in asked.labels if label not in known]
    if unknown:
        raise DataError(
            [f"no row of {scored.name} has the label {label!r}.{nearest(label, known)}" for label in unknown]
        )
    places = [place for place, label in enumerate(scored.labels) if label in asked.labels]
    rows = replace(scored.take(places), labels=[None] * len(places))
    return Outside(f"{scored.name} ({', '.join(asked.labels)})", rows, tuple(asked.labels))
