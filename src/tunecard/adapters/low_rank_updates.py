"""The low-rank updates in a saved adapter: strict about numbers and partners. The method says which tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tunecard.adapters.loading import read_tensors
from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.registry import method_of, titles
from tunecard.errors import AdapterError


@dataclass(frozen=True)
class LowRankUpdate:
    """The two factors of one adapted module and their scaling.

    Attributes:
        module: name in the base, e.g. "roberta.encoder.layer.0.attention.self.query".
        down: A, (r, in); the further dimensions of a convolution count as columns.
        up: B, (out, r).
        scaling: alpha / r, or alpha / sqrt(r) with rank-stabilised LoRA.
    """

    module: str
    down: Tensor
    up: Tensor
    scaling: float

    @property
    def rank(self) -> int:
        """Rows of A: the rank that was asked for."""
        return self.down.shape[0]

    @property
    def shapes(self) -> str:
        """Names and shapes of the factors, for messages."""
        return _shapes(self.down, self.up)


def why_no_updates(config: Mapping[str, Any]) -> str | None:
    """Why an adapter has no product of two factors as its update, or None.

    Args:
        config: adapter_config.json.
    """
    if config.get("peft_type") is None:
        return "no PEFT adapter: weights of the model itself were trained, so there is no low-rank update to measure"
    method = method_of(config)
    if method is None or method.product is None:
        known = " and ".join(titles(lambda method: method.product is not None))
        return (
            f"the method {config['peft_type']} does not add a product of two factors; only {known} is examined so far"
        )
    return method.product.why_not(config)


def read_updates(path: Path, config: Mapping[str, Any]) -> list[LowRankUpdate]:
    """The updates of a saved adapter, for which `why_no_updates` gave no reason, in the order of their names.

    Raises: AdapterError: a tensor is not finite, there is no factor, one lacks its partner, or their ranks differ.
    """
    tensors, method = _finite_tensors(path), method_of(config)
    if method is None or method.product is None:
        raise AdapterError(str(why_no_updates(config)), place=path.name)
    factors = method.parts_of(tensors)
    if not factors:
        raise AdapterError("an adapter of method LORA has tensors named lora_A and lora_B. Got none.", place=path.name)
    pairs = {module: {part: tensors[name] for part, name in names.items()} for module, names in factors.items()}
    problems = [problem for module, pair in pairs.items() if (problem := _pair_problem(module, pair))]
    if problems:
        raise AdapterError(problems, place=path.name)
    scaling = method.product.scaling
    return [
        LowRankUpdate(module, pair["A"], pair["B"], scaling(module, pair["A"].shape[0], config))
        for module, pair in sorted(pairs.items(), key=lambda item: _natural(item[0]))
    ]


def _finite_tensors(path: Path) -> dict[str, Tensor]:
    tensors = read_tensors(path)
    broken = [
        f"{name} must hold finite numbers. Got {_count_broken(tensor)} NaN or infinite of {tensor.numel()}."
        for name, tensor in sorted(tensors.items())
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if broken:
        raise AdapterError(broken, place=path.name)
    return tensors


def _pair_problem(module: str, pair: Mapping[str, Tensor]) -> str | None:
    missing = set(LORA.parts) - set(pair)
    if missing:
        return f"{module} must have both lora_A and lora_B. {LORA.prefix}{missing.pop()} is missing."
    if pair["A"].shape[0] != pair["B"].flatten(1).shape[1]:
        return f"{module} must have factors of one rank. Got {_shapes(pair['A'], pair['B'])}."
    return None


def _shapes(down: Tensor, up: Tensor) -> str:
    return f"lora_A {tuple(down.shape)} and lora_B {tuple(up.shape)}"


def _natural(module: str) -> list[tuple[int, str]]:
    """Sorts layer 10 after layer 9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in module.split(".")]


def _count_broken(tensor: Tensor) -> int:
    return int((~torch.isfinite(tensor)).sum())
