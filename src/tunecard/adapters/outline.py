"""What an adapter_config.json asks for, laid out without memory and compared with the weights' header: a rank of a
billion is a line of text, and would be allocated before the weights are read."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from peft import PeftConfig, PeftType, get_peft_model_state_dict
from peft.peft_model import PeftModel
from transformers import PreTrainedModel

from tunecard.adapters.methods.method import WRAPPER
from tunecard.adapters.wrapping import wrap_model
from tunecard.evidence.adapter_file import DTYPES, SavedTensor

Shapes = Mapping[str, tuple[int, ...]]


def expected_shapes(model: PreTrainedModel, config: PeftConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor that an adapter with this config has on this base; nothing is allocated.

    Raises: one of `PEFTS_FAULTS` (`config_bounds.py`): the config does not fit the base.
    """
    own, own_config = copy.deepcopy(model.config), copy.deepcopy(config)
    kept = _masks(own_config)
    if kept:
        own_config.rank_pattern = None  # type: ignore[attr-defined]  # without memory there is nothing to pick from
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        wrapped: PeftModel = wrap_model(type(model)(own), own_config)
        # Without an explicit "no", PEFT asks the Hub whether the base's vocabulary has grown.
        state = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    return {**shapes, **_kept_shapes(shapes, kept)}


def _masks(config: PeftConfig) -> dict[str, list[bool]]:
    """Which of its first ranks an AdaLoRA update has kept, by PEFT's name of it; none of other methods."""
    kept = getattr(config, "rank_pattern", None) if config.peft_type == PeftType.ADALORA else None
    return dict(kept or {})


def _kept_shapes(shapes: Shapes, kept: Mapping[str, list[bool]]) -> dict[str, tuple[int, ...]]:
    """The shapes of what was kept. Raises: ValueError: a mask of no update, or of another length."""
    found: dict[str, tuple[int, ...]] = {}
    for name, mask in kept.items():
        update = f"{WRAPPER}{name.removesuffix('.default').removesuffix('.lora_E')}.lora_"
        first = shapes.get(f"{update}E")
        if first is None or not isinstance(mask, list) or len(mask) != first[0] or set(map(type, mask)) - {bool}:
            raise ValueError(f"rank_pattern must hold a truth value for each first rank of a module. Got {name[:80]!r}")
        rank = sum(mask)
        found |= {
            f"{update}E": (rank, 1),
            f"{update}A": (rank, shapes[f"{update}A"][1]),
            f"{update}B": (shapes[f"{update}B"][0], rank),
        }
    return found


def key_faults(header: Mapping[str, SavedTensor], expected: Shapes) -> list[str]:
    """A sentence for each tensor that is missing, and for each that should not be there."""
    faults = [f"missing key {key}" for key in sorted(expected.keys() - header.keys())]
    return faults + [f"unexpected key {key}" for key in sorted(header.keys() - expected.keys())]


def misfits(header: Mapping[str, SavedTensor], expected: Shapes) -> dict[str, str]:
    """Key to a sentence for each tensor that has another shape, or holds no floating-point numbers."""
    faults = {}
    for key in header.keys() & expected.keys():
        if header[key].shape != expected[key]:
            faults[key] = f"{key} must have shape {expected[key]}. Got {header[key].shape}."
        elif header[key].dtype not in DTYPES:
            faults[key] = f"{key} must hold floating-point numbers ({', '.join(DTYPES)}). Got {header[key].dtype}."
    return faults
