"""What a task's scores are made of; whoever scores asks for these and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.metrics.counts import Floats, Ints, RowCounts
from tunecard.metrics.measure import Measure, Sample, Score, sample_of
from tunecard.metrics.temperature import undo_temperature
from tunecard.tasks.confidence import Confidence


def decisions_of_names(label: Any, probabilities: Any, ids: Mapping[str, int]) -> list[tuple[int, Sequence[float]]]:
    """One decision for a row whose label is a name, one a word where it is a list of them; what was not seen has none.

    >>> decisions_of_names(["a", "b"], [[0.9, 0.1], None], {"a": 0, "b": 1})
    [(0, [0.9, 0.1])]
    """
    pairs = [(label, probabilities)] if isinstance(label, str) else zip(label or [], probabilities or [], strict=False)
    return [(ids[name], likely) for name, likely in pairs if name in ids and likely is not None]


@dataclass(frozen=True)
class Groups:
    """Entity types or classes, each scored by itself.

    Attributes:
        word: "type" or "class", a part of the record's id.
        names: of the groups, in order.
        measures: scores of one group, computed from `narrow(totals, index)`.
        mean: the score of all rows that groups are seen beside.
    """

    word: str
    names: tuple[str, ...]
    measures: tuple[Measure, ...]
    narrow: Callable[[Floats, int], Floats]
    mean: Measure


@dataclass(frozen=True)
class Confusion:
    """Which label is taken for which.

    Attributes:
        names: along both sides of the square.
        count: gold and predicted labels to a square of counts, gold in rows.
        method: the public function behind it, and what it counts.
    """

    names: tuple[str, ...]
    count: Callable[[list[Any], list[Any]], Ints]
    method: str


@dataclass(frozen=True)
class Ranking:
    """How well stated probabilities rank rows, label by label: what no prediction tells.

    Attributes:
        measures: scores of all labels together.
        of_group: the score of one, computed from `narrow(values, index)`; it stands beside those of `Groups`.
        count: stated probabilities of the labelled rows, given their places in the file, to values a row.
    """

    measures: tuple[Measure, ...]
    of_group: Measure
    narrow: Callable[[Floats, int], Floats]
    count: Callable[[FlatProbabilities, Predictions, Ints], RowCounts]


@dataclass(frozen=True)
class Subset:
    """Some of what is scored, scored by itself, such as entities that training never named.

    Attributes:
        key: the part of the record's id, `results.<split>.<key>.<measure>`.
        about: what a reader calls it.
        counts: of its rows.
    """

    key: str
    about: str
    counts: RowCounts
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Truncation:
    """What the length limit lost among what is scored.

    Attributes:
        name: what a reader calls it.
        unit: what is counted.
        count: gold labels and, for each row, whether each item was read, to how many were lost.
        size: (C,) sums to n.
        method: how it is counted.
    """

    name: str
    unit: str
    count: Callable[[Sequence[Any], Sequence[NDArray[np.bool_]]], int]
    size: Callable[[Floats], float]
    method: str


@dataclass(frozen=True)
class Tally:
    """Something in the answers that is counted because a score leaves it out.

    Attributes:
        key: the last part of the record's id, `results.<split>.<key>`, which has an entry of its own.
        count: (C,) sums to how many.
        size: (C,) sums to n.
        method: how it is counted, and what n counts.
    """

    key: str
    count: Callable[[Floats], float]
    size: Callable[[Floats], float]
    method: str


@dataclass(frozen=True)
class Scoring:
    """How predictions become counts, and counts become scores.

    Attributes:
        measures: scores of all rows, the headline among them.
        headline: the measure that the card leads with.
        count: gold and predicted labels to counts a row. Raises: DataError: labels that the task does not have.
        calibration: the scores of stated probabilities; empty where nothing is stated.
        confidence: stated probabilities of the labelled rows, given their places in the file.
        is_right: gold and predicted labels to (N,) whether each row is right, for McNemar's test; None where a row is
            not simply right or wrong.
        distance: of amounts, how far the second is from the first; None where answers are no amounts of one scale.
        subsets: what of a predictions file is scored by itself.
        tallies: what the scores leave out.
        ranking: the scores of the order that probabilities put rows in.
        decided: gold label and probabilities of a row as they stand in a file, to (id of what is right, probabilities
            of all that may be) of each decision in it.
        undo_temperature: (..., K) probabilities and T to those of the logits before they were divided.
        may_differ: the share of rows whose answer another processor may change, since it hangs on the order of near
            equals among many.
    """

    measures: tuple[Measure, ...]
    headline: Measure
    count: Callable[[list[Any], list[Any]], RowCounts]
    groups: Groups | None = None
    confusion: Confusion | None = None
    calibration: tuple[Score, ...] = ()
    confidence: Callable[[FlatProbabilities, Predictions, Ints], Confidence] | None = None
    is_right: Callable[[list[Any], list[Any]], NDArray[np.bool_]] | None = None
    distance: Callable[[float, float], float] | None = None
    subsets: Callable[[Predictions], list[Subset]] = lambda predictions: []
    truncation: Truncation | None = None
    tallies: tuple[Tally, ...] = ()
    ranking: Ranking | None = None
    decided: Callable[[Any, Any, Mapping[str, int]], list[tuple[int, Sequence[float]]]] = decisions_of_names
    undo_temperature: Callable[[Floats, float], Floats] = undo_temperature
    may_differ: float = 0.0

    @property
    def scores(self) -> tuple[Score, ...]:
        """All scores of a split in the order of a table."""
        ranking = () if self.ranking is None else self.ranking.measures
        return (*self.measures, *ranking, *self.calibration)

    def score(self, labels: Sequence[Any], predictions: Sequence[Any]) -> dict[str, float]:
        """Every measure by its key, NaN where undefined; for choosing a checkpoint."""
        sample: Sample = sample_of(self.count(list(labels), list(predictions)))
        return {measure.key: sample.score(measure) for measure in self.measures}


ECE = Score(
    "ece",
    "Expected calibration error",
    "mean gap between the stated probability and the share that is right, over bins of equally many answers.",
    is_error=True,
)
BRIER = Score(
    "brier",
    "Brier score",
    "mean squared error of the class probabilities, from 0 to 2; lower is better.",
    is_proper=True,
    is_error=True,
    most=2.0,
)
CALIBRATION = (ECE, BRIER)
