"""What one plain LoRA adapter learned: updates of linear layers, and heads; whatever else it learned is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from peft import PeftModel, get_peft_model_state_dict
from peft.tuners.lora import Linear as LoraLinear
from peft.tuners.lora import LoraLayer
from peft.utils import ModulesToSaveWrapper
from torch import Tensor, nn

from tunecard.adapters.methods.method import WRAPPER
from tunecard.errors import AdapterError
from tunecard.kernels import factors_of

Factors = tuple[Tensor, Tensor, float]  # A (rank, in) and B (out, rank) of an update, and its scaling


@dataclass(frozen=True)
class LearnedParts:
    """What one adapter learned.

    Attributes:
        updates: path of a linear layer to A (rank, in) and B (out, rank), the scaling inside B; both in fp32 and
            contiguous as they are multiplied: A by rows, B by columns.
        heads: path of a module to the one that replaces it.
    """

    updates: dict[str, tuple[Tensor, Tensor]]
    heads: dict[str, nn.Module]

    @property
    def rank(self) -> int:
        """The largest of its updates; 0 without any."""
        return max((len(a) for a, _ in self.updates.values()), default=0)

    @cached_property
    def factors(self) -> np.ndarray:
        """(layers, 3), in the order of `updates`: what the kernel of many updates is told of each."""
        return np.array([factors_of(a, b.t()) for a, b in self.updates.values()], np.int64).reshape(-1, 3)

    @property
    def bytes(self) -> int:
        """In memory."""
        tensors = [tensor for update in self.updates.values() for tensor in update]
        tensors += [tensor for head in self.heads.values() for tensor in head.parameters()]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def to(self, device: torch.device) -> LearnedParts:
        """The same on a device."""
        updates = {path: (a.to(device), b.to(device)) for path, (a, b) in self.updates.items()}
        return LearnedParts(updates, {path: head.to(device) for path, head in self.heads.items()})


def read_learned_parts(model: PeftModel, place: str) -> LearnedParts:
    """The updates and heads of a loaded adapter.

    Raises: AdapterError: it is no plain LoRA of linear layers with a head; what cannot be stacked is named.
    """
    factors: dict[str, Factors] = {}
    heads: dict[str, nn.Module] = {}
    base: Any = model.get_base_model()
    for path, module in base.named_modules():
        if isinstance(module, ModulesToSaveWrapper) and _is_head(path, module):
            heads[path] = module.modules_to_save[module.active_adapters[0]]
        elif isinstance(module, LoraLayer) and _is_plain(module):
            layer, name = cast(Any, module), module.active_adapters[0]
            factors[path] = layer.lora_A[name].weight, layer.lora_B[name].weight, float(layer.scaling[name])
    parts = LearnedParts(as_multiplied(factors), heads)
    learned = get_peft_model_state_dict(model, adapter_name=model.active_adapters[0], save_embedding_layers=False)
    refuse_others(learned, parts, place)
    return parts


def as_multiplied(factors: Mapping[str, Factors]) -> dict[str, tuple[Tensor, Tensor]]:
    """A and B of each update in the layout that they are read in, with the scaling inside B.

    All are copies in one block of memory: many small ones, which come and go with adapters, would leave holes.
    """
    one = next((a for a, _, _ in factors.values()), torch.empty(0))
    block = torch.empty(
        sum(a.numel() + b.numel() for a, b, _ in factors.values()), dtype=torch.float32, device=one.device
    )
    found, begin = {}, 0
    for path, (a, b, scaling) in factors.items():
        middle, end = begin + a.numel(), begin + a.numel() + b.numel()
        rows, across = block[begin:middle].view(a.shape), block[middle:end].view(b.shape[::-1])
        rows.copy_(a.detach())
        torch.mul(b.detach().float().t(), scaling, out=across)
        found[path] = rows, across.t()
        begin = end
    return found


def refuse_others(keys: Iterable[str], parts: LearnedParts, place: str) -> None:
    """Raises: AdapterError: tensors of an adapter, by PEFT's keys, that are in none of its parts."""
    known = {f"{WRAPPER}{path}.lora_{letter}.weight" for path in parts.updates for letter in "AB"}
    roots = tuple(f"{WRAPPER}{path}." for path in parts.heads)
    strange = [key for key in keys if key not in known and (not key.startswith(roots) or ".lora_" in key)]
    if strange:
        raise AdapterError(
            "must be a plain LoRA of linear layers (no DoRA, no biases, no embeddings) with whole modules only in the "
            f"head, to share a pass with others. It also learned {', '.join(strange[:3])}"
            f"{f' and {len(strange) - 3} more' if len(strange) > 3 else ''}. Load it alone.",
            place=place,
        )


def is_behind_blocks(path: str) -> bool:
    """Whether a module lies behind the blocks, where rows can be told apart."""
    return not any(part.isdigit() or "embedding" in part for part in path.split("."))


def _is_head(path: str, module: ModulesToSaveWrapper) -> bool:
    """Whether it is a whole module behind the blocks, and stock inside."""
    return is_behind_blocks(path) and not any(isinstance(part, LoraLayer) for part in module.modules())


def _is_plain(layer: Any) -> bool:
    name = layer.active_adapters[0]
    is_linear = type(layer) is LoraLinear and type(layer.base_layer) is nn.Linear and not layer.fan_in_fan_out
    return is_linear and name in layer.lora_A and not layer.lora_variant and layer.lora_B[name].bias is None
