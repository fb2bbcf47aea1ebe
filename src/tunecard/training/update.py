"""Applying a step's gradients: clipped, and never when something is not finite. The device decides, no host waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from torch import Tensor, nn

from tunecard.training.compensated_adamw import CompensatedAdamW

# Where torch's fused AdamW is known to leave weights and moments alone when it carries `found_inf`.
SKIPS_ITSELF = ("cpu", "cuda")
# A scale below one makes gradients smaller than they are: what still overflows then is no matter of scale.
LEAST_SCALE = 1.0
# So many steps in a row that are not finite are no accident: none of them was applied, and no later one will be.
PATIENCE = 5


class Update:
    """The last part of a step. One whose loss or gradient is not finite is not applied: weights and moments stay as
    they were. After too many of them in a row no other is applied.

    Where the loss is scaled, gradients that overflow are no fault: the step is skipped and the scale halved.
    Source: Micikevicius et al. 2018, arXiv:1710.03740, section 3.2, by torch.amp.GradScaler.

    Args:
        optimizer: fused AdamW or one that widens weights, prepared by `accelerator`.
        is_scaled: whether `scaled` scales.
        patience: how many in a row are too many.
        after_step: called when the optimizer has moved and gradients are still there; asking whether it has makes the
            host wait for the device.
    """

    def __init__(  # noqa: PLR0913 - what a step needs, each given once
        self,
        accelerator: Accelerator,
        optimizer: AcceleratedOptimizer,
        learned: Sequence[nn.Parameter],
        max_norm: float,
        is_scaled: bool,
        *,
        patience: int = PATIENCE,
        after_step: Callable[[], None] | None = None,
    ) -> None:
        device = learned[0].device
        self.accelerator, self.optimizer = accelerator, optimizer
        self.max_norm, self.after_step = max_norm, after_step
        self.scaler = torch.amp.GradScaler(device.type, enabled=is_scaled)
        self.one = torch.ones((), device=device)
        self.patience = patience
        self.failed = torch.zeros((), device=device)  # how many steps, up to the last one, were not finite
        self.broken = torch.zeros((), device=device)  # 1.0 from where they were too many

    def scaled(self, loss: Tensor) -> Tensor:
        """What to call `backward` of."""
        return self.scaler.scale(loss)

    def apply(self, loss_sum: Tensor) -> Tensor:
        """Lets the optimizer step where all is finite. Gradients are gone afterwards.

        Returns: (4,) on the device: the loss; 1 if nothing was applied; 1 if loss or gradient are not finite, and that
            is no matter of scale; 1 if too many were so.
        """
        held = self._in_enough_bits()
        self.scaler.unscale_(held)
        norm = self.accelerator.clip_grad_norm_(_parameters(held), self.max_norm)
        is_finite = loss_sum.isfinite() & norm.isfinite()
        skips = torch.where(is_finite, self.broken, 1.0)
        self._step(skips)
        if self.after_step is not None and not bool(skips):
            self.after_step()
        self.optimizer.zero_grad()
        is_mended = self._adapt_scale() & loss_sum.isfinite()
        fails = (~(is_finite | is_mended)).float()
        self.failed = torch.where(is_finite, 0.0, self.failed + fails)
        self.broken = torch.where(self.failed >= self.patience, 1.0, self.broken)
        return torch.stack([loss_sum.float(), skips, fails, self.broken])

    def state(self) -> dict[str, Any]:
        """The scale and what decides its course, for checkpoints; empty without scaling. Waits for the device."""
        return self.scaler.state_dict()

    def load(self, state: dict[str, Any]) -> None:
        """Takes up what `state` gave."""
        if state:
            self.scaler.load_state_dict(state)

    def _in_enough_bits(self) -> Any:
        """What holds gradients that can be unscaled: the optimizer, or what it widens."""
        optimizer = self.optimizer.optimizer
        return optimizer.widened() if isinstance(optimizer, CompensatedAdamW) else optimizer

    def _step(self, skips: Tensor) -> None:
        if skips.device.type not in SKIPS_ITSELF and bool(skips):
            return
        self.optimizer.optimizer.found_inf = skips
        self.optimizer.step()

    def _adapt_scale(self) -> Tensor:
        """The scale of the next step: half after an overflow, twice after many steps without. Whether it fell."""
        before = self.scaler.scale(self.one)
        self.scaler.update()
        after = self.scaler.scale(self.one).clamp(min=LEAST_SCALE)
        self.scaler.update(after)
        return after < before


def _parameters(held: Any) -> list[nn.Parameter]:
    return [parameter for group in held.param_groups for parameter in group["params"]]
