"""The gradients of a step, summed over ranks: one buffer, one operation, the same numbers everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


class GradientSum:
    """Adds up what ranks have learned from their parts of a step.

    Each part's loss is divided by the labels of the whole step, so that gradients add up and are never averaged. They
    are summed in fp32, whatever type they are kept in. Which weights have a gradient at all is agreed upon in the first
    step: that follows from the model, and asking in each would make the host wait for a GPU.

    Args:
        add_up: puts the sum over all ranks in the place of a tensor.
    """

    def __init__(self, add_up: Callable[[Tensor], None]) -> None:
        self._add_up = add_up
        self._has_gradient: list[bool] = []

    def __call__(self, learned: Sequence[nn.Parameter], loss_sum: Tensor) -> Tensor:
        """As `Ranks.add_up`."""
        own = [weight.grad is not None for weight in learned]
        marks = torch.tensor(own, dtype=torch.float32, device=loss_sum.device)
        buffer = torch.cat([*map(_flat_gradient, learned), loss_sum.detach().float().reshape(1), marks])
        self._add_up(buffer)
        sizes = [*(weight.numel() for weight in learned), 1, len(learned)]
        *gradients, loss, marks = torch.split_with_sizes(buffer, sizes)
        if not self._has_gradient:
            self._has_gradient = (marks > 0).tolist()
        for weight, gradient, has_any in zip(learned, gradients, self._has_gradient, strict=True):
            weight.grad = gradient.view_as(weight).to(weight.dtype) if has_any else None
        return loss.reshape(())


def _flat_gradient(weight: nn.Parameter) -> Tensor:
    if weight.grad is None:
        return torch.zeros(weight.numel(), dtype=torch.float32, device=weight.device)
    return weight.grad.detach().float().flatten()
