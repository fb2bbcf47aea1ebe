"""What a sweep came to: each setting's score and cost, which of them is best, and which cannot be told from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tunecard.evaluation.compared_runs import Comparison, Difference, RunScore
from tunecard.evaluation.compared_seeds import ComparedSettings
from tunecard.rows.frames import frame_of
from tunecard.sweeping.grid import SEED, Setting
from tunecard.sweeping.race import Stopped

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Trial:
    """One training.

    Attributes:
        setting: with its seed, where seeds are tried.
        path: its run folder; scored on validation alone.
        score: on validation; its interval covers rows alone.
        parameters: that were trained.
        seconds: of optimisation.
    """

    setting: Setting
    path: Path
    score: RunScore
    parameters: int
    seconds: float


@dataclass(frozen=True)
class Tried:
    """One setting, trained once or once a seed.

    Attributes:
        setting: without the seed.
        trials: one a seed, in their order.
        score: on validation, the mean of the seeds; its interval covers what `ComparedSettings.covers` says.
        sd: of the scores of the seeds; None where there is one.
        behind: it minus the best, paired; None for the best itself.
    """

    setting: Setting
    trials: Sequence[Trial]
    score: RunScore
    sd: float | None
    behind: Difference | None

    @property
    def name(self) -> str:
        """As its folder is called, where no seeds are tried."""
        return self.setting.name

    @property
    def path(self) -> Path:
        """The run folder of its first seed."""
        return self.trials[0].path

    @property
    def parameters(self) -> int:
        """That were trained."""
        return self.trials[0].parameters

    @property
    def seconds(self) -> float:
        """Of optimisation; the mean of the seeds."""
        return fmean(trial.seconds for trial in self.trials)

    @property
    def is_level(self) -> bool:
        """Whether it is the best, or chance may explain that it is not."""
        return self.behind is None or not self.behind.is_distinguishable

    def as_options(self) -> list[str]:
        """As `tunecard run` takes it, with all of its seeds."""
        seeds = [trial.setting.seed for trial in self.trials]
        if seeds == [None]:
            return self.setting.as_options()
        return [*self.setting.as_options(), f"{SEED}={seeds if len(seeds) > 1 else seeds[0]}"]


@dataclass(frozen=True)
class Left:
    """One setting whose training was stopped early: it is not compared, and never recommended.

    Attributes:
        setting: without the seed.
        first: with the seed that was stopped.
        path: its folder, with a state that can be gone on from.
    """

    setting: Setting
    first: Setting
    path: Path
    stopped: Stopped


@dataclass(frozen=True)
class Sweep:
    """All settings.

    Attributes:
        path: of the folder with all trials, the table and the picture.
        settings: that were trained to the end, best first.
        left: that were stopped early, in the order in which they were named.
        compared: all pairs on validation, p values adjusted by Holm.
    """

    path: Path
    settings: Sequence[Tried]
    left: Sequence[Left]
    compared: ComparedSettings

    @property
    def comparison(self) -> Comparison:
        """Of the settings that were trained to the end."""
        return self.compared.comparison

    @property
    def trials(self) -> list[Trial]:
        """All trainings that came to their end, those of the best setting first."""
        return [trial for one in self.settings for trial in one.trials]

    @property
    def best(self) -> Tried:
        """The highest score (the lowest error) on validation."""
        return self.settings[0]

    @property
    def recommended(self) -> Tried:
        """Of those that cannot be told from the best the one with the fewest parameters; of equals the best."""
        return min((one for one in self.settings if one.is_level), key=lambda one: one.parameters)

    def rows(self) -> list[dict[str, Any]]:
        """A row a trial: its settings, its score, and what the table tells of its setting; those stopped come last."""
        trained = [self._row(one, trial) for one in self.settings for trial in one.trials]
        blank = dict.fromkeys(trained[0])
        stopped = [
            {**blank, **dict(one.first.values), "stopped_after_epoch": one.stopped.epoch,
             "score_when_stopped": one.stopped.score, "folder": one.path.name}
            for one in self.left
        ]  # fmt: skip
        return trained + stopped

    def _row(self, one: Tried, trial: Trial) -> dict[str, Any]:
        apart = one.behind.paired.interval if one.behind else None
        return {
            **dict(trial.setting.values),
            self.comparison.measure.key: trial.score.value,
            **_ends("", trial.score.interval),
            "mean": one.score.value,
            **_ends("mean_", one.score.interval),
            "sd": one.sd,
            "seeds": len(one.trials),
            "minus_best": one.behind and one.behind.paired.value,
            **_ends("minus_best_", apart),
            "p": one.behind and one.behind.p,
            "distinguishable": one.behind is not None and one.behind.is_distinguishable,
            "parameters": trial.parameters,
            "seconds": trial.seconds,
            "stopped_after_epoch": None,
            "score_when_stopped": None,
            "folder": trial.path.name,
        }

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it; `mean` and what follows it is of the setting of a trial."""
        return {
            "path": str(self.path),
            "metric": self.comparison.measure.key,
            "rows": self.comparison.rows,
            "interval_covers": self.compared.covers,
            "trials": self.rows(),
            "best": self.best.name,
            "recommended": self.recommended.name,
        }

    def to_pandas(self) -> pandas.DataFrame:
        """A row a trial, as in `sweep.csv`. Raises: MachineError: pandas is not installed."""
        rows = self.rows()
        return frame_of(rows, tuple(rows[0]))


def _ends(name: str, interval: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{name}low": low, f"{name}high": high}
