"""What an adapter that was made elsewhere says of itself, and what its file holds, as findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from tunecard.adapters.head import stored_parameters
from tunecard.adapters.loading import read_tensors
from tunecard.card.facts import MADE_ELSEWHERE
from tunecard.encoders import BaseFiles
from tunecard.evidence import Finding, declared, measured, not_measured
from tunecard.foreign.adapter import ForeignAdapter
from tunecard.reporting.run import count_findings, length_finding, setting_findings

ELSEWHERE = "trained elsewhere"
CONFIG = "read from adapter_config.json"
# What PEFT calls it -> what a card calls it; other methods have some of these or none.
KEYS = {"r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout", "bias": "bias"}
LARGEST_RANK = 1024  # of a recipe
# Switches that change how an update is computed, shown where they are on.
SWITCHES = ("use_rslora", "use_dora", "rank_pattern", "alpha_pattern", "layers_to_transform", "fan_in_fan_out")


def foreign_adapter_findings(
    adapter: ForeignAdapter, model: nn.Module, new_modules: list[str], max_length: int
) -> list[Finding]:
    """`adapter.*` (settings and counts) and `model.*` of an adapter on its base.

    Args:
        model: the adapter on its base.
        new_modules: what the adapter trained whole.
    """
    settings = _settings(adapter.config, new_modules)
    no_such = f"the method {adapter.config.get('peft_type')} has none"
    return [
        *setting_findings(settings, CONFIG),
        *(
            not_measured(f"adapter.{key}", reason=no_such)
            for key in KEYS.values()
            if key not in settings
        ),
        not_measured("adapter.head_start", reason=ELSEWHERE),
        measured("adapter.switches", _switches(adapter.config), method=CONFIG),
        *count_findings(
            model,
            stored_parameters(read_tensors(adapter.folder)),
            _parameters(model),
            "counted in adapter_model.safetensors: what it stores, each once",
        ),
        length_finding(max_length, "chosen for this evaluation; what training read is not known"),
    ]  # fmt: skip


def _settings(config: Mapping[str, Any], new_modules: list[str]) -> dict[str, Any]:
    targets = config.get("target_modules")
    found = {name: config[key] for key, name in KEYS.items() if config.get(key) is not None}
    if targets:
        found["target_modules"] = sorted(targets) if isinstance(targets, list) else [str(targets)]
    return {"method": str(config.get("peft_type")).lower(), **found, "modules_to_save": sorted(new_modules)}


def recipe_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The adapter block of a recipe: what it has a key and a place for; the rest stays `auto`."""
    settings = _settings(config, [])
    allowed: dict[str, Callable[[Any], bool]] = {
        "method": bool,
        "rank": lambda value: isinstance(value, int) and 1 <= value <= LARGEST_RANK,
        "alpha": lambda value: value > 0,
        "dropout": lambda value: 0 <= value < 1,
        "bias": lambda value: value in ("none", "all", "lora_only"),
        "target_modules": bool,
    }
    return {key: settings[key] for key, holds in allowed.items() if key in settings and holds(settings[key])}


def _switches(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: config[key] for key in SWITCHES if config.get(key)}


def _parameters(model: nn.Module) -> int:
    """Parameters that take part in an answer: PEFT keeps the untrained original of what was trained whole."""
    return sum(parameter.numel() for name, parameter in model.named_parameters() if ".original_module." not in name)


def origin_findings(adapter: ForeignAdapter, base: BaseFiles, given: str | None, labels_by: str) -> list[Finding]:
    """`adapter.origin`, `adapter.peft_version`, `base_model.named` and `task.labels_declared_by`."""
    version = adapter.config.get("peft_version")
    said = f"the adapter names {_last_part(adapter)}"
    how = f"{said}; files found under that name" if given is None else f"{said}; --base gave {_shown(given)}"
    return [
        declared("adapter.origin", MADE_ELSEWHERE,
                 method="completed from its saved files: nothing of its training was seen"),
        declared("adapter.peft_version", str(version), method="declared by adapter_config.json")
        if version
        else not_measured("adapter.peft_version", reason="adapter_config.json does not say"),
        declared("base_model.named", base.id, method=how),
        declared("task.labels_declared_by", labels_by,
                 method="their number is that of the head's outputs; their order cannot be checked from weights"),
    ]  # fmt: skip


def _last_part(adapter: ForeignAdapter) -> str:
    if not adapter.base_id:
        return "none"
    return f"a local path ending in {adapter.base_last_part!r}" if adapter.names_a_path else adapter.base_id


def _shown(base: str) -> str:
    return base if not Path(base).expanduser().is_dir() else "a local folder"
