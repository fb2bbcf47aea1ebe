"""Two runs or more on the same rows: the score of each, every paired difference, and which of them is no chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.counted import each
from tunecard.errors import RecipeError, RunFolderError, nearest
from tunecard.evaluation.comparison_shown import comparison_as_html
from tunecard.evaluation.shared_rows import SharedRows, share_rows
from tunecard.evaluation.together import ALPHA, holm
from tunecard.evidence.changes import Change, changes
from tunecard.evidence.in_words import value_in_words
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.intervals import Interval
from tunecard.metrics.measure import Measure, Rows, Sample
from tunecard.metrics.paired import Paired, compare_paired
from tunecard.rows.frames import frame_of
from tunecard.tasks.scoring import Scoring

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class RunScore:
    """The score of one run.

    Attributes:
        path: as it was given.
        value: None where it is undefined.
        how: the interval's method in words, or why there is no value.
    """

    path: str
    value: float | None
    interval: Interval | None
    how: str


@dataclass(frozen=True)
class Difference:
    """Run a minus run b, on the same rows.

    Attributes:
        a, b: paths.
        paired: value, interval and the test of this pair alone.
        p: its p value, adjusted by Holm for all pairs; None where too little is known.
    """

    a: str
    b: str
    paired: Paired
    p: float | None

    @property
    def is_distinguishable(self) -> bool:
        """Whether chance hardly explains it, all pairs together."""
        return self.p is not None and self.p <= ALPHA

    def turned(self) -> Difference:
        """Run b minus run a."""
        return Difference(self.b, self.a, self.paired.turned(), self.p)


@dataclass(frozen=True)
class Comparison:
    """What comparing runs gave.

    Attributes:
        split: that they are compared on.
        rows: how many of it have a label.
        measure: that they are compared by.
        runs: in the order in which they were named.
        differences: each pair once, the one that was named first minus the other.
        changed: records of the first run that have another value in one of the others.
        notes: what a reader must know besides, a sentence each.
        unit: what is drawn as one: rows, or groups of rows.
    """

    split: str
    rows: int
    measure: Measure
    runs: tuple[RunScore, ...]
    differences: tuple[Difference, ...]
    changed: tuple[Change, ...]
    notes: tuple[str, ...]
    unit: str

    def __repr__(self) -> str:
        scores = ", ".join(f"{run.path} {value_in_words(run.value, None, run.interval)}" for run in self.runs)
        told = sum(one.is_distinguishable for one in self.differences)
        return (
            f"Comparison({self.measure.name} on {self.rows} rows of {self.split}: {scores}; "
            f"{told} of {len(self.differences)} pairs distinguishable)"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return comparison_as_html(
            f"{self.measure.name} on {self.rows:,} rows of {self.split}",
            [(run.path, (run.value, run.interval)) for run in self.runs],
            [(one.a, one.b, (one.paired.value, one.paired.interval), one.p, one.is_distinguishable)
             for one in self.differences],
            [(one.id, one.a, one.b, one.run) for one in self.changed],
            self.notes,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """The object that `tunecard compare --json` prints; of more than two runs each change names the other one."""
        several = len(self.runs) > 2
        return {
            "rows": self.rows,
            "metric": self.measure.key,
            "runs": [{"path": one.path, "value": one.value, "interval": _ends(one.interval)} for one in self.runs],
            "differences": [_as_json(one) for one in self.differences],
            "changed": [
                {"id": one.id, "a": one.a, "b": one.b} | ({"run": one.run} if several else {}) for one in self.changed
            ],
        }

    def to_pandas(self) -> pandas.DataFrame:
        """A row a pair: `a`, `b`, `value`, `low`, `high`, `p`, `distinguishable`.

        Raises: MachineError: pandas is not installed.
        """
        rows = [_as_json(one) for one in self.differences]
        for row in rows:
            row["low"], row["high"] = row["interval"] or (None, None)
        return frame_of(rows, ("a", "b", "value", "low", "high", "p", "distinguishable"))


def compare_runs(paths: Sequence[Path], *, split: str | None = None, metric: str | None = None) -> Comparison:
    """Compares run folders by their stored predictions; nothing is predicted, and nothing in them is changed.

    Args:
        paths: two or more.
        split: the one to compare on; without it the test split, or validation where not every run has that.
        metric: key of one of the task's measures; without it the task's headline.
    Raises:
        RunFolderError: what is no run, holds no fitting predictions, or is of other rows, labels or tasks.
        RecipeError: the task has no such measure.
    """
    if len(paths) < 2:
        raise RunFolderError(f"two run folders or more are compared. Got {len(paths)}.")
    shared = share_rows(paths, split)
    (first, scored), *others = shared.runs
    measure = _measure(first.task.scoring, metric)
    return Comparison(
        split=shared.split,
        rows=len(scored.counts),
        measure=measure,
        runs=tuple(score_of(measure, run.name, Sample(Rows(told.counts))) for run, told in shared.runs),
        differences=tuple(_differences(measure, shared)),
        changed=tuple(one for run, _ in others for one in changes(first.findings, run.findings, run.name)),
        notes=shared.notes,
        unit="groups of rows" if scored.counts.has_groups else "rows",
    )


def _measure(scoring: Scoring, metric: str | None) -> Measure:
    if metric is None:
        return scoring.headline
    by_key = {measure.key: measure for measure in scoring.measures}
    if metric not in by_key:
        raise RecipeError(f"--metric takes {', '.join(by_key)}. Got {metric!r}.{nearest(metric, by_key)}")
    return by_key[metric]


def score_of(measure: Measure, path: str, sample: Sample) -> RunScore:
    """The score of one run, with its interval over rows."""
    value = measure.value(sample) if measure.is_supported(sample) else None
    if value is None:
        return RunScore(path, None, None, measure.undefined(sample.totals))
    return RunScore(path, value, *measure.interval(sample))


def _differences(measure: Measure, shared: SharedRows) -> list[Difference]:
    """Every pair, with p values that together err at their level; a pair too alike to be tested counts as a test."""
    several = list(combinations(shared.runs, 2))
    paired = [
        difference_of(measure, ours.counts, theirs.counts)
        for (_, ours), (_, theirs) in each(several, "Comparing runs pair by pair", "pairs")
    ]
    return adjusted([(first.name, second.name) for (first, _), (second, _) in several], paired)


def difference_of(measure: Measure, ours: RowCounts, theirs: RowCounts) -> Paired:
    """Two runs on the same rows: the first minus the second."""
    rows, columns = Rows(ours.beside(theirs)), ours.values.shape[1]
    return compare_paired(measure, Sample(rows, (0, columns)), Sample(rows, (columns, None)))


def adjusted(names: Sequence[tuple[str, str]], paired: Sequence[Paired]) -> list[Difference]:
    """Differences of named pairs, with p values that together err at their level."""
    chances = holm([1.0 if one.p is None else one.p for one in paired])
    return [
        Difference(first, second, one, None if one.p is None else p)
        for (first, second), one, p in zip(names, paired, chances, strict=True)
    ]


def _as_json(one: Difference) -> dict[str, Any]:
    return {
        "a": one.a,
        "b": one.b,
        "value": one.paired.value,
        "interval": _ends(one.paired.interval),
        "p": one.p,
        "distinguishable": one.is_distinguishable,
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)
