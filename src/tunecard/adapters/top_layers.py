"""Adapters in the top layers of a base only: `adapter.layers` as fields of PEFT's config, and who cannot have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from peft import PeftType
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING
from transformers import PreTrainedModel

from tunecard.adapters.methods.method import AdapterPlan
from tunecard.adapters.methods.registry import METHODS
from tunecard.encoders.layer_prefix import blocks_name, encoder_blocks

ALL, AUTO, TOP = "all", "auto", "top-"
KEY = "adapter.layers"
_FIELDS = {"layers_to_transform", "layers_pattern"}


def top_layers(layers: str) -> int | None:
    """N of `top-N`; None of `all`, and of `auto` before it is decided.

    >>> top_layers("top-3"), top_layers("all")
    (3, None)
    """
    return int(layers.removeprefix(TOP)) if layers.startswith(TOP) else None


def layer_fields(model: PreTrainedModel, plan: AdapterPlan) -> dict[str, Any]:
    """What PEFT's config holds of a plan's layers, which stock PEFT reads; nothing where all have an update.

    Raises: ValueError: the base has no list of blocks (`layer_faults` tells it in time).
    """
    top = top_layers(plan.layers)
    if top is None:
        return {}
    count = len(encoder_blocks(model))
    if top == count:
        return {}
    pattern = blocks_name(model).rpartition(".")[2]
    return {"layers_to_transform": list(range(count - top, count)), "layers_pattern": pattern}


def layer_faults(model: PreTrainedModel, method: str, layers: str) -> list[str]:
    """Why a method or a base cannot have what `adapter.layers` asks, as sentences."""
    if layers in {ALL, AUTO}:
        return []
    why = why_not_by_layer(method)
    if why:
        return [f"{KEY} must be all with adapter.method {method}: {why}. Got {layers}."]
    count = count_blocks(model)
    if not count:
        return [f"{KEY} must be all for this base, whose layers are no list of blocks, one a layer. Got {layers}."]
    top = top_layers(layers)
    if top is not None and top > count:
        return [f"{KEY} must be all or top-1 to top-{count}: this base has {count} layers. Got {layers}."]
    return []


def count_blocks(model: PreTrainedModel) -> int:
    """Layers of a base, one block each; 0 where it has no list of them."""
    try:
        return len(encoder_blocks(model))
    except ValueError:
        return 0


def why_not_by_layer(method: str) -> str | None:
    """Why a method's update cannot be in some layers only; None where it can."""
    known = METHODS[method]
    config = _configs().get(known.peft_type)
    if config is None or not config >= _FIELDS:
        return f"PEFT's config of {known.title} has no layers_to_transform"
    return None


def _configs() -> Mapping[str, set[str]]:
    """Names of the fields of PEFT's configs, by PEFT's names of the methods."""
    return {PeftType(kind).value: {field.name for field in fields(config)}
            for kind, config in PEFT_TYPE_TO_CONFIG_MAPPING.items()}  # fmt: skip
