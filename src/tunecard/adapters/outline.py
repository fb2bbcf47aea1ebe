"""What an adapter_config.json asks for, laid out without memory and compared with the weights' header: a rank of a
billion is a line of text, and would be allocated before the weights are read."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from peft import PeftConfig, get_peft_model_state_dict
from peft.peft_model import PeftModel
from transformers import PreTrainedModel

from tunecard.adapters.methods.name_patterns import pattern_faults
from tunecard.adapters.wrapping import wrap_model
from tunecard.errors import AdapterError
from tunecard.evidence.adapter_file import DTYPES, SavedTensor

MOST_LAYERS = 1_000  # of a base made longer, or of a network that makes prompts; they are built one by one
Shapes = Mapping[str, tuple[int, ...]]


def check_bounds(model: PreTrainedModel, content: Mapping[str, Any], place: str) -> None:
    """Whether what a config asks of PEFT ends in reasonable time.

    Args:
        content: of adapter_config.json.
        place: of it, for the fault.
    Raises: AdapterError: patterns that are none or not in bounds, more layers than any model has; all at once.
    """
    faults = pattern_faults(content, [name for name, _ in model.named_modules()])
    for key, count in _layer_counts(content):
        if not isinstance(count, int) or not 0 <= count <= MOST_LAYERS:
            faults.append(f"{key} must be layers, {MOST_LAYERS:,} at most. Got {str(count)[:40]}.")
    if faults:
        raise AdapterError(faults, place=place)


def _layer_counts(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("encoder_num_layers", "num_layers"):
        if content.get(key) is not None:
            yield key, content[key]
    replicated = content.get("layer_replication")
    if replicated is not None:
        yield "layer_replication", _replicated(replicated)


def _replicated(ranges: Any) -> Any:
    try:
        return sum(int(end) - int(start) for start, end in ranges)
    except (TypeError, ValueError, OverflowError):
        return repr(ranges)


def expected_shapes(model: PreTrainedModel, config: PeftConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor that an adapter with this config has on this base; nothing is allocated.

    Raises: ValueError, TypeError, RuntimeError, AttributeError: the config does not fit the base.
    """
    own, own_config = copy.deepcopy(model.config), copy.deepcopy(config)
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        wrapped: PeftModel = wrap_model(type(model)(own), own_config)
        # Without an explicit "no", PEFT asks the Hub whether the base's vocabulary has grown.
        state = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


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
