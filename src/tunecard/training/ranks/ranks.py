"""What a training asks of the processes that it has: who learns from which rows of a step, and how that adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from torch import Tensor, nn

from tunecard.inference import predict_logits
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.result import RankShare

if TYPE_CHECKING:
    from tunecard.training.trainer import Trainer


@dataclass(frozen=True)
class Share:
    """One rank's part of a step.

    Attributes:
        rows: that it learns from; none where a step has fewer rows than there are ranks.
        weight: of the labels of the whole step; None where it has the whole step, whose passes tell.
        tokens: which every rank has of it; empty where there is one.
    """

    rows: Sequence[int]
    weight: float | None = None
    tokens: Sequence[RankShare] = ()


class Ranks(Protocol):
    """The processes of a training, seen from one of them.

    Attributes:
        joins_seeds: whether several trainings may be one, over one frozen base.
        adds_penalty: whether this process adds what a method's rule adds to the loss of a step, once.
    """

    @property
    def joins_seeds(self) -> bool: ...

    @property
    def adds_penalty(self) -> bool: ...

    def is_stop_asked(self) -> bool:
        """Whether another process was asked to stop."""
        ...

    def call(self, training: Mapping[str, Any]) -> None:
        """Tells the others which training comes next, so that they make the same model."""
        ...

    def learning(self, trainer: Trainer) -> AbstractContextManager[None]:
        """Inside, the others have the state of this trainer and take part in its steps and predictions.

        Raises: RankFailed, RankLost.
        """
        ...

    def deal(self, trainer: Trainer, rows: Sequence[int]) -> Share:
        """This process's part of a step over `rows`. Raises: RankLost."""
        ...

    def add_up(self, learned: Sequence[nn.Parameter], loss_sum: Tensor) -> Tensor:
        """Puts the gradients of the whole step in the place of those of this part, the same at every process.

        Args:
            learned: what learns; those without any gradient in the step keep none.
            loss_sum: () of this part.
        Returns: () of the whole step.
        Raises: RankLost.
        """
        ...

    def predict(
        self, model: nn.Module, encoded: EncodedSplit, pad_token_id: int, *, title: str = "Predicting"
    ) -> list[np.ndarray]:
        """As `predict_logits`, of the validation rows. Raises: RankLost."""
        ...

    def leave(self) -> None:
        """Lets the others go: what comes is computed by this process."""
        ...


class Alone:
    """The only process."""

    joins_seeds, adds_penalty = True, True
    predict = staticmethod(predict_logits)

    def is_stop_asked(self) -> bool:
        """There is no other."""
        return False

    def call(self, training: Mapping[str, Any]) -> None:
        """Nobody hears it."""

    def learning(self, trainer: Trainer) -> AbstractContextManager[None]:
        """Nothing to share."""
        return nullcontext()

    def deal(self, trainer: Trainer, rows: Sequence[int]) -> Share:
        """All of it."""
        return Share(rows)

    def add_up(self, learned: Sequence[nn.Parameter], loss_sum: Tensor) -> Tensor:
        """It is the whole already."""
        return loss_sum

    def leave(self) -> None:
        """Nobody to let go."""


ALONE: Ranks = Alone()
