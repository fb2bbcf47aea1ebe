"""What the loop needs to know: every value decided, no `auto` left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tunecard.adapters.fused.freezing import Storage
from tunecard.adapters.fused.frozen_weight import Stored
from tunecard.metrics.election import Keep
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.training.regime import REGIMES, Precision, Regime, stored_as

BaseWeights = Literal["full", "int8", "nf4"]
FrozenProducts = Literal["as-precision", "int8"]


@dataclass(frozen=True)
class TrainingPlan:
    """The resolved training settings; names as in the recipe.

    `head_learning_rate` is of the modules that start new; `early_stopping` is epochs without gain, or False;
    `scores_start` lets the weights before the first step stand for election, too, as epoch 0; `keep` elects the epoch
    that is best on validation, the last that is level with it (within a standard error), the last, or one that gains;
    `optimizer` and
    `rule` are entries of `adapters/optimizers/` and `adapters/rules/`, which read the adapter's own `method_settings`;
    `base_weights` is how frozen layers are stored while it trains, `frozen_products` in what they are multiplied.
    """

    epochs: int
    learning_rate: float
    head_learning_rate: float
    train_batch_size: int
    precision: Precision
    seed: int
    weight_decay: float
    warmup_ratio: float
    schedule: Literal["linear", "cosine"]
    gradient_accumulation_steps: int
    max_grad_norm: float
    best_metric: str
    early_stopping: int | Literal[False]
    class_weights: Literal["none", "balanced"]
    log_to: tuple[str, ...] = ()
    device: str = "cpu"
    cache_frozen_prefix: bool = False
    scores_start: bool = False
    keep: Keep = "best"
    optimizer: str = "adamw"
    rule: str | None = None
    method_settings: Mapping[str, Any] = field(default_factory=dict)
    base_weights: BaseWeights = "full"
    frozen_products: FrozenProducts = "as-precision"

    @property
    def rows_a_step(self) -> int:
        """Training rows of an optimizer step."""
        return self.train_batch_size * self.gradient_accumulation_steps

    @property
    def regime(self) -> Regime:
        """The number types that `precision` stands for."""
        return REGIMES[self.precision]

    @property
    def stored(self) -> Stored:
        """How frozen layers are stored."""
        return stored_as(self.precision, self.base_weights, self.frozen_products)

    @property
    def storage(self) -> Storage:
        """How frozen layers are stored and multiplied."""
        return Storage(self.regime.compute, self.stored)


@dataclass(frozen=True)
class TrainingData:
    """Encoded rows to learn from and to choose by.

    Attributes:
        validation_labels: gold names or tags of the validation rows, for scoring decoded predictions.
    """

    task: Task
    train: EncodedSplit
    validation: EncodedSplit
    validation_labels: list[Any]
    pad_token_id: int
