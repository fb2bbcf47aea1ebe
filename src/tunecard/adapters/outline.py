"""What an adapter_config.json asks for, laid out without memory and compared with the weights' header: a rank of a
billion is a line of text, and would be allocated before the weights are read."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import NamedTuple

import torch
from peft import PeftConfig, PeftType, get_peft_model_state_dict
from peft.peft_model import PeftModel
from transformers import PreTrainedModel

from tunecard.adapters.methods.method import WRAPPER
from tunecard.adapters.methods.registry import method_of
from tunecard.adapters.wrapping import wrap_model
from tunecard.evidence.adapter_file import DTYPES, OTHER_SIZES, SavedTensor

# Where the vocabulary has grown, PEFT writes the table of embeddings beside the rows that learned.
WHOLE_TABLE = ".token_adapter.base_layer.weight"


class Expected(NamedTuple):
    """What a tensor must be like; places among weights are whole numbers, all else is floating-point."""

    shape: tuple[int, ...]
    is_float: bool


Outline = Mapping[str, Expected]


def is_laid_out_first(config: PeftConfig) -> bool:
    """Whether PEFT can lay the method out without memory; the others stay within `config_bounds.py`."""
    method = method_of(config.to_dict())
    return method is None or method.lays_out


def expected_tensors(model: PreTrainedModel, config: PeftConfig) -> dict[str, Expected]:
    """Name, shape and kind of every tensor that an adapter with this config has on this base; nothing is allocated.

    Raises: one of `PEFTS_FAULTS` (`config_bounds.py`): the config does not fit the base.
    """
    own, own_config = copy.deepcopy(model.config), copy.deepcopy(config)
    kept = _masks(own_config)
    if kept:
        own_config.rank_pattern = None  # type: ignore[attr-defined]  # without memory there is nothing to pick from
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        wrapped: PeftModel = wrap_model(type(model)(own), own_config)
        tensors = tensors_of(wrapped)
    return {**tensors, **_kept_tensors(tensors, kept)}


def _masks(config: PeftConfig) -> dict[str, list[bool]]:
    """Which of its first ranks an AdaLoRA update has kept, by PEFT's name of it; none of other methods."""
    kept = getattr(config, "rank_pattern", None) if config.peft_type == PeftType.ADALORA else None
    return dict(kept or {})


def _kept_tensors(tensors: Outline, kept: Mapping[str, list[bool]]) -> dict[str, Expected]:
    """What was kept of each update. Raises: ValueError: a mask of no update, or of another length."""
    found: dict[str, Expected] = {}
    for name, mask in kept.items():
        update = f"{WRAPPER}{name.removesuffix('.default').removesuffix('.lora_E')}.lora_"
        first = tensors.get(f"{update}E")
        if first is None or not isinstance(mask, list) or len(mask) != first.shape[0] or set(map(type, mask)) - {bool}:
            raise ValueError(f"rank_pattern must hold a truth value for each first rank of a module. Got {name[:80]!r}")
        rank = sum(mask)
        found |= {
            f"{update}E": Expected((rank, 1), True),
            f"{update}A": Expected((rank, tensors[f"{update}A"].shape[1]), True),
            f"{update}B": Expected((tensors[f"{update}B"].shape[0], rank), True),
        }
    return found


def tensors_of(wrapped: PeftModel) -> dict[str, Expected]:
    """The same of an adapter that is on its base."""
    # Without an explicit "no", PEFT asks the Hub whether the base's vocabulary has grown.
    state = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    return {key: Expected(tuple(tensor.shape), tensor.is_floating_point()) for key, tensor in state.items()}


def key_faults(header: Mapping[str, SavedTensor], expected: Outline) -> list[str]:
    """A sentence for each tensor that is missing, and for each that should not be there."""
    faults = [f"missing key {key}" for key in sorted(expected.keys() - header.keys())]
    return faults + [f"unexpected key {key}" for key in sorted(header.keys() - expected.keys())]


def misfits(header: Mapping[str, SavedTensor], expected: Outline) -> dict[str, str]:
    """Key to a sentence for each tensor that has another shape, or holds another kind of numbers."""
    faults = {}
    for key in header.keys() & expected.keys():
        (shape, is_float), found = expected[key], header[key]
        if found.shape != shape:
            faults[key] = f"{key} must have shape {shape}. Got {found.shape}."
        elif found.dtype not in (DTYPES if is_float else OTHER_SIZES):
            kind = f"floating-point numbers ({', '.join(DTYPES)})" if is_float else "whole numbers"
            faults[key] = f"{key} must hold {kind}. Got {found.dtype}."
    return faults
