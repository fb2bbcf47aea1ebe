"""Whether layers below the adapter run once: decided when base, rows and disk are known."""

from __future__ import annotations

import shutil
from dataclasses import replace

from tunecard.adapters.methods.registry import METHODS, leaves_base_frozen
from tunecard.adapters.top_layers import ALL, count_blocks, top_layers
from tunecard.encoders import why_not_packed
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.resolving import CACHE
from tunecard.training.ranks.ranks import ALONE

BYTES_A_VALUE = 4  # at most: the states are stored in the type that blocks compute in


def with_layers(context: RunContext) -> RunContext:
    """The same run, whose plans say whether the states below the adapter are kept."""
    plans = context.plans
    if plans.layers == ALL or plans.recipe.training.cache_frozen_prefix != "auto":
        return context
    decided = plans.keeping_states(can_cache(context, plans.layers), CACHE)
    return replace(context, prepared=replace(context.prepared, plans=decided))


def can_cache(context: RunContext, layers: str) -> bool:
    """Whether there are layers below, whose states can be computed once and kept."""
    prepared, top = context.prepared, top_layers(layers)
    if top in (None, count_blocks(prepared.encoder.model)) or why_not_cached(context):
        return False
    size = sum(prepared.encoded["train"].lengths) * int(prepared.encoder.model.config.hidden_size) * BYTES_A_VALUE
    context.checkpoints.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(context.checkpoints).free >= 2 * size


def why_not_cached(context: RunContext) -> str | None:
    """Why what frozen layers make of the rows cannot be kept; None where it can."""
    prepared, plans = context.prepared, context.plans
    reason = why_not_packed(prepared.encoder.model) or METHODS[plans.method].unpacked
    if reason:
        return f"rows cannot be packed: {reason}"
    if context.ranks is not ALONE:
        return "several processes train"
    adapter = plans.adapter(prepared.task, [])
    names = [setting.key for setting in METHODS[plans.method].settings if setting.names_tokens]
    if not leaves_base_frozen(adapter) or any(adapter.settings.get(name) for name in names):
        return "something of the base learns below the adapter"
    return None
