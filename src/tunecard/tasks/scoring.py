"""What is scored for each kind of task. Another kind of task is one more builder and one more entry in `SCORINGS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.errors import DataError, nearest
from tunecard.metrics import classification, entities
from tunecard.metrics.class_measures import CLASS_MEASURES, TEXT_MEASURES
from tunecard.metrics.counts import Floats, Ints, RowCounts
from tunecard.metrics.entity_measures import TOKEN_MEASURES, TYPE_MEASURES
from tunecard.metrics.measure import Measure

TOKEN_TASK = "token-classification"
TEXT_TASK = "text-classification"
HEADLINES = {TOKEN_TASK: "f1", TEXT_TASK: "accuracy"}


@dataclass(frozen=True)
class Scoring:
    """How predictions of one kind of task become counts, and counts become scores.

    Attributes:
        kind: the task.
        labels: class names or tags, in id order.
        measures: scores of all rows.
        part: "type" or "class", a part of the finding's id.
        parts: names of the entity types or classes.
        part_measures: scores of one part, computed from `narrow(totals, index)`.
        count: gold and predicted labels to counts a row.
        confusion: gold and predicted labels to a square of counts, gold in rows.
        confused: names along both sides of that square.
        confusion_function: the public function behind it, and what it counts.
    """

    kind: str
    labels: tuple[str, ...]
    measures: tuple[Measure, ...]
    part: str
    parts: tuple[str, ...]
    part_measures: tuple[Measure, ...]
    narrow: Callable[[Floats, int], Floats]
    count: Callable[[list[Any], list[Any]], RowCounts]
    confusion: Callable[[list[Any], list[Any]], Ints]
    confused: tuple[str, ...]
    confusion_function: str

    @property
    def headline(self) -> Measure:
        """The measure that the card leads with."""
        return next(measure for measure in self.measures if measure.key == HEADLINES[self.kind])


def headline_metric(kind: str) -> str:
    """Key of the score that leads: `f1` (entities, strict) or `accuracy`. Raises: DataError: an unknown kind."""
    if kind not in HEADLINES:
        raise DataError(f"evaluation knows the tasks {sorted(HEADLINES)}. Got {kind!r}.{nearest(kind, HEADLINES)}")
    return HEADLINES[kind]


def scoring_for(kind: str, labels: Sequence[str]) -> Scoring:
    """The scoring of a kind of task. Raises: DataError: an unknown kind."""
    headline_metric(kind)
    return SCORINGS[kind](tuple(labels))


def token_scoring(labels: tuple[str, ...]) -> Scoring:
    """Entities in IOB2 tags."""
    types = tuple(entities.entity_types(labels))
    return Scoring(
        kind=TOKEN_TASK,
        labels=labels,
        measures=TOKEN_MEASURES,
        part="type",
        parts=types,
        part_measures=TYPE_MEASURES,
        narrow=entities.only_type,
        count=lambda gold, predicted: entities.entity_counts(gold, predicted, types),
        confusion=lambda gold, predicted: entities.word_confusion(gold, predicted, types),
        confused=(*types, entities.OUTSIDE),
        confusion_function="entities.word_confusion; words by gold (rows) and predicted (columns) type",
    )


def text_scoring(labels: tuple[str, ...]) -> Scoring:
    """One class a row."""
    return Scoring(
        kind=TEXT_TASK,
        labels=labels,
        measures=TEXT_MEASURES,
        part="class",
        parts=labels,
        part_measures=CLASS_MEASURES,
        narrow=classification.only_class,
        count=lambda gold, predicted: classification.class_counts(gold, predicted, labels),
        confusion=lambda gold, predicted: classification.confusion(gold, predicted, labels),
        confused=labels,
        confusion_function="classification.confusion; rows by gold (rows) and predicted (columns) class",
    )


SCORINGS: dict[str, Callable[[tuple[str, ...]], Scoring]] = {TOKEN_TASK: token_scoring, TEXT_TASK: text_scoring}
