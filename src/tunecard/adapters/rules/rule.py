"""The protocol of a rule: what a method adds to the loss, does after a step, and asks of the epoch that is kept."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Rule(Protocol):
    """Bound to one model and its optimizer.

    Attributes:
        first_kept_step: weights of an epoch that ended before this step are not kept.
    """

    @property
    def first_kept_step(self) -> int: ...

    def penalty(self) -> Tensor:
        """What is added to a step's mean loss, (), with gradients. It is not told as part of the loss."""
        ...

    def after_step(self, step: int) -> None:
        """Called when the optimizer has moved, while gradients are still there.

        Args:
            step: which one this was, from 1.
        """
        ...

    def finish(self) -> None:
        """Called once, when the model holds the weights that are kept."""
        ...
