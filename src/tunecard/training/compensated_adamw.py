"""AdamW for weights that are stored in fp16: its arithmetic and its moments are in fp32, and no small step is lost.

Squared gradients lie below the smallest numbers of fp16, and most steps below half the distance of a weight to the next
number: rounded away, they would add up to nothing. So what rounding takes of a weight is kept beside it, in fp16, and
given back with the next step (Kahan summation). Gradients are unscaled and clipped in fp32, where nothing underflows.
Source: Zamirai et al. 2020, arXiv:2010.06192, section 3.2, which does so in bf16.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

FIRST, SECOND, COUNT, REST = "exp_avg", "exp_avg_sq", "step", "rest"


class Widened:
    """The weights of a step and their gradients, in fp32; in groups, as torch's gradient scaler asks for them."""

    def __init__(self) -> None:
        self.param_groups: list[dict[str, Any]] = []


class CompensatedAdamW(torch.optim.Optimizer):
    """torch's fused AdamW over weights that are wide for the time of a step.

    Args:
        groups: as of `torch.optim.AdamW`, with `lr` and `weight_decay` each.
    """

    found_inf: Tensor | None = None  # () 1.0 where the step must change nothing

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        super().__init__(groups, {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0})
        self._wide = Widened()

    def widened(self) -> Widened:
        """What a step begins with: weights with what rounding took of them, and gradients, as yet scaled."""
        self._wide.param_groups = [
            {"params": [self._widen(parameter) for parameter in _with_gradient(group)]} for group in self.param_groups
        ]
        return self._wide

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Applies the gradients of `widened`, and rounds."""
        for group, wide in zip(self.param_groups, self._wide.param_groups, strict=True):
            stored, weights = _with_gradient(group), wide["params"]
            if not stored:
                continue
            states = [self.state[parameter] for parameter in stored]
            first, second, counts = ([state[key] for state in states] for key in (FIRST, SECOND, COUNT))
            adamw(
                weights, [weight.grad for weight in weights], first, second, [], counts,
                fused=True, found_inf=self.found_inf, amsgrad=False,
                beta1=group["betas"][0], beta2=group["betas"][1], lr=group["lr"], weight_decay=group["weight_decay"],
                eps=group["eps"], maximize=False,
            )  # fmt: skip
            for parameter, weight, state in zip(stored, weights, states, strict=True):
                self._round(parameter, weight, state)
        self._wide.param_groups = []

    def _round(self, parameter: Tensor, weight: Tensor, state: dict[str, Any]) -> None:
        rounded = weight.to(parameter.dtype)
        rest = (weight - rounded.float()).to(parameter.dtype)
        if self.found_inf is not None:  # a weight halfway between two numbers would fall to the other one
            rounded, rest = (
                torch.where(self.found_inf > 0, before, after)
                for before, after in ((parameter, rounded), (state[REST], rest))
            )
        parameter.copy_(rounded)
        state[REST].copy_(rest)

    def _widen(self, parameter: Tensor) -> nn.Parameter:
        state = self.state[parameter]
        if not state:
            wide = torch.zeros_like(parameter, dtype=torch.float32)
            state |= {COUNT: torch.zeros((), device=wide.device), FIRST: wide, SECOND: wide.clone()}
            state[REST] = torch.zeros_like(parameter)
        weight = nn.Parameter(parameter.detach().float() + state[REST].float())
        assert parameter.grad is not None
        weight.grad = parameter.grad.float()
        return weight


def _with_gradient(group: dict[str, Any]) -> list[Tensor]:
    return [parameter for parameter in group["params"] if parameter.grad is not None]
