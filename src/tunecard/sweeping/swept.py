"""What a sweep came to: each trial's score and cost, which of them is best, and which cannot be told from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.evaluation.compared_runs import Comparison, Difference, RunScore
from tunecard.rows.frames import frame_of
from tunecard.sweeping.grid import Setting

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Trial:
    """One setting, trained.

    Attributes:
        path: its run folder; scored on validation alone.
        score: on validation, with its interval.
        parameters: that were trained.
        seconds: of optimisation.
        behind: it minus the best, paired; None for the best itself.
    """

    setting: Setting
    path: Path
    score: RunScore
    parameters: int
    seconds: float
    behind: Difference | None

    @property
    def is_level(self) -> bool:
        """Whether it is the best, or chance may explain that it is not."""
        return self.behind is None or not self.behind.is_distinguishable


@dataclass(frozen=True)
class Sweep:
    """All trials, best first.

    Attributes:
        path: of the folder with all of them, the table and the picture.
        comparison: of all pairs on validation, p values adjusted by Holm.
    """

    path: Path
    trials: Sequence[Trial]
    comparison: Comparison

    @property
    def best(self) -> Trial:
        """The highest score (the lowest error) on validation."""
        return self.trials[0]

    @property
    def recommended(self) -> Trial:
        """Of those that cannot be told from the best the one with the fewest parameters; of equals the fastest."""
        return min((one for one in self.trials if one.is_level), key=lambda one: (one.parameters, one.seconds))

    def rows(self) -> list[dict[str, Any]]:
        """A row a trial: its settings, and what the table tells."""
        return [
            {
                **dict(one.setting.values),
                self.comparison.measure.key: one.score.value,
                "low": one.score.interval and one.score.interval[0],
                "high": one.score.interval and one.score.interval[1],
                "minus_best": one.behind and one.behind.paired.value,
                "minus_best_low": one.behind and one.behind.paired.interval and one.behind.paired.interval[0],
                "minus_best_high": one.behind and one.behind.paired.interval and one.behind.paired.interval[1],
                "p": one.behind and one.behind.p,
                "distinguishable": one.behind is not None and one.behind.is_distinguishable,
                "parameters": one.parameters,
                "seconds": one.seconds,
                "folder": one.path.name,
            }
            for one in self.trials
        ]

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "path": str(self.path),
            "metric": self.comparison.measure.key,
            "rows": self.comparison.rows,
            "trials": self.rows(),
            "best": self.best.path.name,
            "recommended": self.recommended.path.name,
        }

    def to_pandas(self) -> pandas.DataFrame:
        """A row a trial, as in `sweep.csv`. Raises: MachineError: pandas is not installed."""
        rows = self.rows()
        return frame_of(rows, tuple(rows[0]))
