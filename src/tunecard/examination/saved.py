"""Reads the factors of a saved PEFT adapter: strict about numbers, partners and the base they belong to."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tunecard.adapters.loading import read_tensor_file
from tunecard.errors import AdapterError
from tunecard.examination.low_rank import LoraUpdate

BaseState = Mapping[str, Tensor] | Callable[[str], Tensor]
WRAPPER = "base_model.model."
FACTOR = re.compile(r"^(?P<module>.+)\.lora_(?:embedding_)?(?P<factor>[AB])(?:\.weight)?$")
UP_NAMES = {"A": "lora_A", "B": "lora_B"}


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a safetensors file.

    Raises: AdapterError: the file cannot be read, or a tensor holds NaN or infinity; names every such tensor.
    """
    tensors = read_tensor_file(path)
    broken = [
        f"{name} must hold finite numbers. Got {_count_broken(tensor)} NaN or infinite of {tensor.numel()}."
        for name, tensor in sorted(tensors.items())
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if broken:
        raise AdapterError(broken, place=path.name)
    return tensors


def read_updates(tensors: Mapping[str, Tensor], config: Mapping[str, Any], *, place: str) -> list[LoraUpdate]:
    """The LoRA factors among the tensors, in the order of their names.

    Args:
        tensors: the saved tensors under PEFT's names.
        config: adapter_config.json.
        place: the file, for messages.
    Raises: AdapterError: there is no factor, one lacks its partner, or their ranks differ.
    """
    factors: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        match = FACTOR.match(name)
        if match:
            factors.setdefault(match["module"].removeprefix(WRAPPER), {})[match["factor"]] = tensor
    if not factors:
        raise AdapterError("an adapter of method LORA has tensors named lora_A and lora_B. Got none.", place=place)
    problems = [problem for module, pair in factors.items() if (problem := _pair_problem(module, pair))]
    if problems:
        raise AdapterError(problems, place=place)
    return [
        LoraUpdate(module, pair["A"], pair["B"], _scaling(module, pair["A"].shape[0], config))
        for module, pair in sorted(factors.items(), key=lambda item: _natural(item[0]))
    ]


def base_weight(base_state: BaseState, module: str) -> Tensor | None:
    """The frozen weight of a module; None when the base has none of that name.

    The base may be a plain model, one that PEFT wraps (`base_layer`), or a bare encoder without its prefix (`bert.`).
    """
    bare = module.partition(".")[2]
    for name in (module, WRAPPER + module, bare):
        for key in (f"{name}.weight", f"{name}.base_layer.weight"):
            weight = _look_up(base_state, key)
            if weight is not None:
                return weight
    return None


def _look_up(base_state: BaseState, key: str) -> Tensor | None:
    if isinstance(base_state, Mapping):
        return base_state.get(key)
    try:
        return base_state(key)
    except KeyError:
        return None


def _pair_problem(module: str, pair: Mapping[str, Tensor]) -> str | None:
    missing = {"A", "B"} - set(pair)
    if missing:
        return f"{module} must have both lora_A and lora_B. {UP_NAMES[missing.pop()]} is missing."
    ranks = pair["A"].shape[0], pair["B"].flatten(1).shape[1]
    if ranks[0] != ranks[1]:
        shapes = f"lora_A {tuple(pair['A'].shape)} and lora_B {tuple(pair['B'].shape)}"
        return f"{module} must have factors of one rank. Got {shapes}."
    return None


def _scaling(module: str, rank: int, config: Mapping[str, Any]) -> float:
    """PEFT's scaling; an entry of `alpha_pattern` is matched as PEFT does, against the end of the module's name."""
    alpha = float(config.get("lora_alpha", 8))
    for pattern, value in (config.get("alpha_pattern") or {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            alpha = float(value)
            break
    return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _natural(module: str) -> list[tuple[int, str]]:
    """Sorts layer 10 after layer 9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in module.split(".")]


def _count_broken(tensor: Tensor) -> int:
    return int((~torch.isfinite(tensor)).sum())
