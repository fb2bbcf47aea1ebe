"""Whether layers below the adapter run once: decided when base, rows and disk are known."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from tunecard.adapters.methods.registry import METHODS, leaves_base_frozen
from tunecard.adapters.top_layers import ALL, AUTO, count_blocks, top_layers
from tunecard.encoders import why_not_packed
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.pipeline.resolving import CACHE
from tunecard.training.ranks.ranks import ALONE, Ranks

BYTES_A_VALUE = 4  # at most: the states are stored in the type that blocks compute in


def with_layers(context: RunContext) -> RunContext:
    """The same run, whose plans say whether the states below the adapter are kept."""
    return replace(context, prepared=keeping_states(context.prepared, context.checkpoints, context.ranks))


def keeping_states(prepared: PreparedRun, folder: Path, ranks: Ranks = ALONE) -> PreparedRun:
    """The same, whose plans say whether the states below the adapter are kept.

    Args:
        folder: on the disk that would hold them; made where it is missing and they could be kept.
        ranks: the processes that train.
    """
    plans = prepared.plans
    if plans.layers in {ALL, AUTO} or plans.recipe.training.cache_frozen_prefix != "auto":
        return prepared
    keeps = can_cache(prepared, plans.layers, ranks) and _has_room(prepared, folder)
    return replace(prepared, plans=plans.keeping_states(keeps, CACHE))


def can_cache(prepared: PreparedRun, layers: str, ranks: Ranks = ALONE) -> bool:
    """Whether there are layers below, whose states can be computed once and kept."""
    has_layers_below = top_layers(layers) not in (None, count_blocks(prepared.encoder.model))
    return has_layers_below and why_not_cached(prepared, ranks) is None


def why_not_cached(prepared: PreparedRun, ranks: Ranks = ALONE) -> str | None:
    """Why what frozen layers make of the rows cannot be kept; None where it can."""
    plans = prepared.plans
    reason = why_not_packed(prepared.encoder.model) or METHODS[plans.method].unpacked
    if reason:
        return f"rows cannot be packed: {reason}"
    if ranks is not ALONE:
        return "several processes train"
    adapter = plans.adapter(prepared.task, [])
    names = [setting.key for setting in METHODS[plans.method].settings if setting.names_tokens]
    if not leaves_base_frozen(adapter) or any(adapter.settings.get(name) for name in names):
        return "something of the base learns below the adapter"
    return None


def _has_room(prepared: PreparedRun, folder: Path) -> bool:
    size = sum(prepared.encoded["train"].lengths) * int(prepared.encoder.model.config.hidden_size) * BYTES_A_VALUE
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free >= 2 * size
