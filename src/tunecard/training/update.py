"""Applying a step's gradients: clipped, and never when something is not finite. The device decides, no host waits."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from torch import Tensor, nn

# Where torch's fused AdamW is known to leave weights and moments alone when it carries `found_inf`.
SKIPS_ITSELF = ("cpu", "cuda")


class Update:
    """The last part of a step. After one that is broken no other is applied.

    Args:
        optimizer: fused AdamW, prepared by `accelerator`.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        optimizer: AcceleratedOptimizer,
        learned: Sequence[nn.Parameter],
        max_norm: float,
    ) -> None:
        self.accelerator, self.optimizer = accelerator, optimizer
        self.learned, self.max_norm = list(learned), max_norm
        self.broken = torch.zeros((), device=self.learned[0].device)  # 1.0 from the first broken step on

    def apply(self, loss_sum: Tensor) -> Tensor:
        """Lets the optimizer step where all is finite. Gradients are gone afterwards.

        Returns: (3,) on the device: the loss, 1 if nothing was applied, 1 if loss or gradient are not finite.
        """
        norm = self.accelerator.clip_grad_norm_(self.learned, self.max_norm)
        is_finite = loss_sum.isfinite() & norm.isfinite()
        self.broken = torch.where(is_finite, self.broken, 1.0)
        self._step(self.broken)
        self.optimizer.zero_grad()
        return torch.stack([loss_sum.float(), self.broken, self.broken])

    def _step(self, skips: Tensor) -> None:
        if skips.device.type not in SKIPS_ITSELF and bool(skips):
            return
        self.optimizer.optimizer.found_inf = skips
        self.optimizer.step()
