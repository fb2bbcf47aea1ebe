"""What learned as findings: the method with its paper, every setting of it, and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from torch import nn

from tunecard.adapters.conversion import Widening
from tunecard.adapters.methods.method import AdapterPlan, Method, Setting
from tunecard.adapters.methods.registry import METHODS, switches_of, variants_of
from tunecard.adapters.targets import count_adapted, count_added
from tunecard.adapters.wrapping import kept_ranks
from tunecard.evidence import Finding, measured
from tunecard.training.result import Trained

RECIPE = "as resolved in recipe.yaml"
START = "earlier adapter"


def adapter_setting_findings(
    plan: AdapterPlan,
    trained: Trained,
    parameters: int,
    max_length: int,
    *,
    goes_on: bool = False,
    needs_rows: bool = False,
) -> list[Finding]:
    """`adapter.*` (method, settings and counts), `model.*` parameters.

    Args:
        parameters: of the base with its head.
        goes_on: whether the head is that of an earlier adapter, going on.
        needs_rows: whether the base needs more rows for tokens that the adapter brings.
    """
    model: Any = trained.model
    method = METHODS[plan.method]
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return [
        *method_findings(method.name, method, RECIPE, needs_rows=needs_rows),
        *setting_findings(method.settings, _as_learned(plan, method, model), RECIPE),
        modules_finding(trained.encoder.new_modules, RECIPE),
        measured("adapter.head_start", "probe" if trained.probe else START if goes_on else "random", method=RECIPE),
        *widening_findings(trained.widening),
        *rank_findings(method, model.peft_config["default"].to_dict()),
        *count_findings(model, trainable, parameters + count_added(model, method), "counted on the model in memory"),
        length_finding(max_length, RECIPE),
    ]


def widening_findings(widening: Widening | None) -> list[Finding]:
    """`adapter.widening`, where what is shipped is the difference of the adapter to where it started."""
    if widening is None:
        return []
    how = "the start took a part of the base's weights; shipped is the difference to it, on the base as it was"
    told = {name: value for name, value in asdict(widening).items() if value is not None}
    return [measured("adapter.widening", told, method=how)]


def rank_findings(method: Method, config: Mapping[str, Any]) -> list[Finding]:
    """`adapter.switches`, `.variants` and `.ranks` where a method has given modules ranks of their own."""
    on, how = switches_of(config, method.name), "as PEFT's config has it after training"
    switches = [measured("adapter.switches", on, method=how),
                measured("adapter.variants", variants_of(config, method.name), method=how)] if on else []  # fmt: skip
    ranks = kept_ranks(config)
    if not ranks:
        return switches
    return [
        *switches,
        measured("adapter.ranks", ranks, n=len(ranks), method="singular values that were kept, by module"),
    ]


def _as_learned(plan: AdapterPlan, method: Method, model: Any) -> dict[str, Any]:
    """The settings of the recipe, with every layer by its name."""
    config = model.peft_config["default"]
    named = {setting.key: sorted(getattr(config, setting.peft)) for setting in method.settings if setting.names_modules}
    return {**plan.settings, **named}


def method_findings(name: str, method: Method | None, how: str, *, needs_rows: bool = False) -> list[Finding]:
    """`adapter.method`, and `.title`, `.meaning`, `.reference` and `.injects` of a method that is known.

    Args:
        needs_rows: whether the base needs more rows for the adapter's tokens, which other libraries do not give it.
    """
    findings = [measured("adapter.method", name, method=how)]
    if method is None:
        return findings
    return [
        *findings,
        measured("adapter.title", method.title, method="as its authors write it"),
        measured("adapter.meaning", method.meaning),
        measured("adapter.reference", method.reference.record()),
        measured(
            "adapter.injects", method.injects and not needs_rows, method="of the method, tried with other libraries"
        ),
    ]


def setting_findings(settings: Sequence[Setting], values: Mapping[str, Any], how: str) -> list[Finding]:
    """`adapter.{key}` of every setting that has a value."""
    return [
        measured(f"adapter.{setting.key}", values[setting.key], name=setting.name, method=how)
        for setting in settings
        if setting.key in values
    ]


def modules_finding(new_modules: Sequence[str], how: str) -> Finding:
    """`adapter.modules_to_save`."""
    return measured("adapter.modules_to_save", sorted(new_modules), method=how)


def count_findings(model: nn.Module, trainable: int, parameters: int, how: str) -> list[Finding]:
    """`adapter.adapted_layers`, `model.trainable_parameters` and `model.parameters`.

    Args:
        how: what the trainable parameters were counted in.
    """
    counted = "counted on the model in memory"
    return [
        measured("adapter.adapted_layers", count_adapted(model), method=counted),
        measured("model.trainable_parameters", trainable, method=how),
        measured("model.parameters", parameters, method=counted),
    ]


def length_finding(max_length: int, how: str) -> Finding:
    """`model.max_length`."""
    return measured("model.max_length", max_length, method=how)
