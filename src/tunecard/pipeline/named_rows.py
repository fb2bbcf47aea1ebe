"""All rows that a recipe names beside its data, held to be readable before anything is trained."""

from __future__ import annotations

from tunecard.errors import RecipeError
from tunecard.pipeline.named_outside import named_harmful, named_outside
from tunecard.pipeline.named_suites import named_suites
from tunecard.pipeline.plans import Plans
from tunecard.rows.dataset import Split
from tunecard.tasks import Task


def check_named(plans: Plans, task: Task, scored: Split) -> None:
    """Raises: RecipeError: suites, rows out of scope or labels that cannot be; every fault of them at once."""
    faults: list[str] = []
    for read in (
        lambda: named_suites(plans, task),
        lambda: named_outside(plans, task, scored),
        lambda: named_harmful(plans, task),
    ):
        try:
            read()
        except RecipeError as error:
            faults += error.problems
    if faults:
        raise RecipeError(faults, place="recipe")
