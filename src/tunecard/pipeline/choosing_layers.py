"""In which layers the adapter is, and whether those below run once: decided when base, rows and disk are known."""

from __future__ import annotations

import shutil
from dataclasses import replace

import torch

from tunecard.adapters.methods.registry import METHODS, leaves_base_frozen
from tunecard.adapters.top_layers import ALL, AUTO, TOP, count_blocks, top_layers
from tunecard.counted import counted
from tunecard.encoders import load_encoder, why_not_packed
from tunecard.inference import take_fast_path
from tunecard.measurement import timed
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.resolving import CACHE
from tunecard.training.layer_probes import LayerProbes, probe_layers
from tunecard.training.layer_rule import RULE, LayerChoice, layers_that_pay
from tunecard.training.ranks.ranks import ALONE

BYTES_A_VALUE = 4  # at most: the states are stored in the type that blocks compute in


def with_layers(context: RunContext) -> RunContext:
    """The same run, whose plans say in which layers the adapter is, and whether the states below are kept."""
    plans = context.plans
    if plans.layers == ALL:
        return context
    choice, rules = None, {}
    if plans.layers == AUTO:
        context.begin("Choosing the layers that learn")
        with timed("probes of the layers"):
            choice = _choose(context)
        context.listener.note(f"adapter.layers {choice.layers}: {choice.reason}")
        rules["layers"] = RULE
    layers = plans.layers if choice is None else choice.layers
    caches = plans.recipe.training.cache_frozen_prefix
    if caches == "auto":
        caches, rules["cache_frozen_prefix"] = can_cache(context, layers), CACHE
    decided = plans.at_layers(layers, caches=caches, rules=rules)
    return replace(context, prepared=replace(context.prepared, plans=decided), layer_choice=choice)


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


def _choose(context: RunContext) -> LayerChoice:
    prepared = context.prepared
    count = count_blocks(prepared.encoder.model)
    reason = why_not_cached(context)
    if reason:
        return LayerChoice(ALL, count, f"nothing would be saved, as {reason}")
    probes = _probe(context)
    if isinstance(probes, str):
        return LayerChoice(ALL, count, probes)
    top, why = layers_that_pay(probes)
    return LayerChoice(ALL if top == count else f"{TOP}{top}", count, why, probes)


def _probe(context: RunContext) -> LayerProbes | str:
    prepared, task = context.prepared, context.prepared.task
    with counted("Loading the base"):
        encoder = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, seed=0)
    model = encoder.model.requires_grad_(False).to(torch.device(context.plans.device))  # type: ignore[arg-type]
    path = take_fast_path(model)
    if not path.is_packed:
        return f"nothing would be saved, as rows cannot be packed: {path.reason}"
    return probe_layers(model, prepared.training_data, context.plans.seeds[0])
