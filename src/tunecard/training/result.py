"""What training leaves behind, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn

from tunecard.adapters.conversion import Widening
from tunecard.encoders import Encoder
from tunecard.training.plan import TrainingPlan
from tunecard.training.probe import ProbeReport
from tunecard.training.temperature import Calibration


@dataclass(frozen=True)
class EpochRecord:
    """One line of the learning curve. Losses are means over labels; epoch 0 is the start, without a training loss.

    `validation_error` is the standard error of `validation_metric` over rows.
    """

    epoch: int
    step: int
    train_loss: float | None
    validation_loss: float
    validation_metric: float
    learning_rate: float
    validation_error: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """What is known of it, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass
class RankShare:
    """What one process of a training has learned from: tokens without padding, on which hardware."""

    rank: int
    hardware: str
    tokens: int


@dataclass
class TrainingResult:
    """Counters that survive an interruption, and what was reached.

    Attributes:
        seconds: optimisation steps only, no validation and no saving.
        skipped_steps: those of `steps` that were not applied.
        failed_steps: those of them whose loss or gradient was not finite, and no scaled gradient that overflowed, which
            only lowers the scale.
        real_tokens: tokens without padding that were learned from, counted in every epoch.
        is_complete: false after an interruption.
        stopped: why it ended.
        best_epoch, best_score: of the epoch that is kept; `best_sha256`: of the file of its weights.
        path: what the parity gate found, as `inference.FastPath` tells it.
        shares: what each process learned from, where there were several; of all attempts.
    """

    curve: list[EpochRecord] = field(default_factory=list)
    seconds: float = 0.0
    steps: int = 0
    skipped_steps: int = 0
    failed_steps: int = 0
    rows: int = 0
    real_tokens: int = 0
    best_epoch: int = 0
    best_score: float | None = None
    best_sha256: str = ""
    rescored: float | None = None
    stopped: str = ""
    observed_dtypes: dict[str, str] = field(default_factory=dict)
    path: dict[str, Any] = field(default_factory=dict)
    shares: list[RankShare] = field(default_factory=list)

    def count_shares(self, of_step: Sequence[RankShare]) -> None:
        """Counts what every process learned from in a step; the first has counted its own tokens already."""
        self.real_tokens += sum(share.tokens for share in of_step if share.rank > 0)
        known = {(share.rank, share.hardware): share for share in self.shares}
        for share in of_step:
            if (share.rank, share.hardware) in known:
                known[share.rank, share.hardware].tokens += share.tokens
            else:
                self.shares.append(share)

    @property
    def epochs_run(self) -> int:
        """Epochs that were learned in."""
        return sum(record.epoch > 0 for record in self.curve)


@dataclass(frozen=True)
class WarmStart:
    """A phase without labels, in which the head learned to read a `view` of the frozen vectors.

    `rows` were learned from in `steps`; `before` and `after` are mean cosines, on other rows, to what the head would
    read of the view itself.
    """

    view: str
    steps: int
    rows: int
    before: float
    after: float
    seconds: float


@dataclass(frozen=True)
class NoWarmStart:
    """A phase without labels that the recipe names and that was left out, or taken back."""

    reason: str


@dataclass(frozen=True)
class Trained:
    """A trained model and how it came to be. The weights of `encoder` may have been released: the model has its own.

    `warm` is None where the recipe names no phase without labels, `widening` where the file holds what was trained.
    """

    model: nn.Module
    encoder: Encoder
    result: TrainingResult
    plan: TrainingPlan
    probe: ProbeReport | None
    seed: int
    calibration: Calibration
    warm: WarmStart | NoWarmStart | None = None
    widening: Widening | None = None
