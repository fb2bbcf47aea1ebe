"""What training makes small, by the name that a task gives: a loss over the labels asked for. One file a kind."""

from __future__ import annotations

from tunecard.tasks import Task
from tunecard.training.objectives.choices import Choices
from tunecard.training.objectives.classes import Classes
from tunecard.training.objectives.label_sets import LabelSets
from tunecard.training.objectives.numbers import Numbers
from tunecard.training.objectives.objective import Loss, Objective
from tunecard.training.objectives.spans import Spans
from tunecard.training.objectives.vectors import OrderOfScores, Partners

__all__ = ["OBJECTIVES", "Loss", "Objective", "objective_of"]

OBJECTIVES: dict[str, Objective] = {
    "classes": Classes(),
    "numbers": Numbers(),
    "choices": Choices(),
    "spans": Spans(),
    "label sets": LabelSets(),
    "partners": Partners(),
    "order of scores": OrderOfScores(),
}


def objective_of(task: Task) -> Objective:
    """The objective that a task names."""
    return OBJECTIVES[task.objective]
