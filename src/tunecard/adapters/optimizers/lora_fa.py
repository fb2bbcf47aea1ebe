"""LoRA-FA: A stays, and B's gradient becomes the one whose product with A comes nearest to the whole weight's.

    g_B = (1 / s²) · ∂L/∂B · (A Aᵀ)⁻¹,   then AdamW

Source: Zhang et al. 2023, arXiv:2308.03303, as PEFT's `LoraFAOptimizer` computes it; in fp32 throughout, where PEFT
takes bf16 for this product wherever the processor has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

DAMPING = 1e-8


class LoraFA(torch.optim.AdamW):
    """AdamW that is handed B's gradient as LoRA-FA has it."""

    def __init__(self, groups: list[dict[str, Any]], inverses: list[tuple[nn.Parameter, Tensor]], **settings: Any):
        super().__init__(groups, **settings)
        self._inverses = inverses

    def step(self, closure: Any = None) -> Any:
        """Moves B by the gradient that is left after A's part is taken out of it; all else as AdamW does."""
        with torch.no_grad():
            for b, inverse in self._inverses:
                if b.grad is not None:
                    b.grad = (b.grad.float() @ inverse).to(b.grad.dtype)
        return super().step(closure)


def make_lora_fa(
    model: nn.Module, groups: Sequence[dict[str, Any]], settings: Mapping[str, Any]
) -> torch.optim.Optimizer:
    """AdamW over what learns. A does not, as its method says (`frozen_parts`)."""
    return LoraFA(list(groups), list(_inverses(model)), fused=True)


def _inverses(model: nn.Module) -> Iterator[tuple[nn.Parameter, Tensor]]:
    for module in model.modules():
        if isinstance(module, LoraLayer):
            layer: Any = module
            for name, down in layer.lora_A.items():
                a: Tensor = down.weight.detach().float()  # (r, in)
                inverse = torch.linalg.pinv(a @ a.t() + DAMPING * torch.eye(len(a), device=a.device))
                yield layer.lora_B[name].weight, inverse / layer.scaling[name] ** 2
