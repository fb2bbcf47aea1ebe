"""The suites of behavioural tests that a recipe names, read and in the labels of the data."""

from __future__ import annotations

from tunecard.errors import DataError, RecipeError, nearest
from tunecard.examination.suites import Suite, read_suite
from tunecard.pipeline.plans import Plans
from tunecard.recipe import SuiteRecipe
from tunecard.tasks import Task


def named_suites(plans: Plans, task: Task) -> tuple[Suite, ...]:
    """Every suite of the recipe. Raises: RecipeError: files that are none, labels that the data has not."""
    found, faults = [], []
    for asked in plans.suites:
        faults += _label_faults(asked, task)
        try:
            found.append(read_suite(plans.base_folder / asked.path).in_labels(task.labels, asked.labels))
        except DataError as error:
            faults += [f"evaluation.suites: {error}"]
    if faults:
        raise RecipeError(faults, place="recipe")
    return tuple(found)


def _label_faults(asked: SuiteRecipe, task: Task) -> list[str]:
    return [
        f"evaluation.suites: labels must lead to labels of the data: {', '.join(task.labels[:20])}. "
        f"Got {name!r}.{nearest(name, task.labels)}"
        for name in asked.labels.values()
        if name not in task.labels
    ]
