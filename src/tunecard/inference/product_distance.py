"""How far a model's answers move when its frozen layers are multiplied otherwise: loss, logits and gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ProbedAnswers:
    """What a model says of a few labelled rows.

    Attributes:
        rows: how many. loss: their mean. logits: (any shape) each. gradients: of every parameter that learns.
    """

    rows: int
    loss: float
    logits: Sequence[Tensor]
    gradients: Sequence[Tensor]


Asked = Callable[[nn.Module], ProbedAnswers]


@dataclass(frozen=True)
class ProductDistance:
    """Differences over sizes, both as Euclidean lengths over all values together; of the loss as amounts."""

    rows: int
    loss: float
    logits: float
    gradients: float


def distance_between(before: ProbedAnswers, after: ProbedAnswers) -> ProductDistance:
    """How far `after` is from `before`, as a share of `before`."""
    return ProductDistance(
        before.rows,
        _share(abs(after.loss - before.loss), abs(before.loss)),
        _relative(before.logits, after.logits),
        _relative(before.gradients, after.gradients),
    )


def _relative(before: Sequence[Tensor], after: Sequence[Tensor]) -> float:
    moved, size = 0.0, 0.0
    for one, other in zip(before, after, strict=True):
        known = one.isfinite()  # places that no row has hold minus infinity
        first = one[known].double()
        moved += float((other[known].double() - first).square().sum())
        size += float(first.square().sum())
    return _share(moved**0.5, size**0.5)


def _share(moved: float, size: float) -> float:
    return moved / size if size > 0 else moved


def no_gradients(parameters: Sequence[nn.Parameter]) -> list[Tensor]:
    """Zeros in the place of gradients that nothing has added to yet."""
    return [torch.zeros_like(parameter, dtype=torch.float32) for parameter in parameters]
