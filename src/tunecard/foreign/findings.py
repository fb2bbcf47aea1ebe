"""What an adapter that was made elsewhere says of itself, and what its file holds, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from tunecard.adapters.methods.method import Method
from tunecard.adapters.methods.registry import method_of, name_of, settings_for, settings_of, switches_of, variants_of
from tunecard.card.facts import MADE_ELSEWHERE
from tunecard.encoders import BaseFiles
from tunecard.evidence import Finding, declared, measured, not_measured
from tunecard.evidence.adapter_file import SavedTensor, stored_once
from tunecard.foreign.adapter import ForeignAdapter
from tunecard.reporting.adapter import (
    count_findings,
    length_finding,
    method_findings,
    modules_finding,
    setting_findings,
)

ELSEWHERE = "trained elsewhere"
CONFIG = "read from adapter_config.json"


def foreign_adapter_findings(
    adapter: ForeignAdapter,
    model: nn.Module,
    new_modules: list[str],
    max_length: int,
    *,
    added: int = 0,
) -> list[Finding]:
    """`adapter.*` (method, settings and counts) and `model.*` of an adapter on its base.

    Args:
        model: the adapter on its base.
        new_modules: what the adapter trained whole.
        added: numbers in the rows that the base was given for tokens which the adapter brings.
    """
    config = adapter.config
    settings = settings_of(config)
    no_such = f"the method {config.get('peft_type')} has none"
    return [
        *method_findings(name_of(config), method_of(config), CONFIG, needs_rows=added > 0),
        *setting_findings(settings_for(config), settings, CONFIG),
        *(
            not_measured(f"adapter.{setting.key}", name=setting.name, reason=no_such)
            for setting in settings_for(config)
            if setting.key not in settings and not setting.names_modules
        ),
        modules_finding(new_modules, CONFIG),
        not_measured("adapter.head_start", reason=ELSEWHERE),
        measured("adapter.switches", switches_of(config), method=CONFIG),
        measured("adapter.variants", variants_of(config), method=CONFIG),
        *count_findings(
            model,
            _learned(adapter.tensors, method_of(config)),
            _parameters(model, method_of(config)) - added,
            "counted in adapter_model.safetensors: what it stores, each once",
        ),
        length_finding(max_length, "chosen for this evaluation; what training read is not known"),
    ]  # fmt: skip


def recipe_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The adapter block of a recipe: what it has a key and a place for; the rest stays `auto`."""
    found = settings_of(config)
    own = {setting.key: found[setting.key] for setting in settings_for(config) if setting.key in found
           and setting.takes(found[setting.key])}  # fmt: skip
    return {"method": name_of(config), **own}


def _learned(tensors: Mapping[str, SavedTensor], method: Method | None) -> int:
    """Numbers in the file that learned, each once; all of them where the method is not known."""
    sizes = {name: tensor.size for name, tensor in stored_once(tensors).items()}
    return method.learned_size(tensors, sizes) if method else sum(sizes.values())


def _parameters(model: nn.Module, method: Method | None) -> int:
    """Parameters that take part in an answer: PEFT keeps the untrained original of what was trained whole, and learned
    rows of an embedding beside those that they replace.
    """
    twice = (".original_module.", ".trainable_tokens_original", ".trainable_tokens_delta")
    return sum(
        p.numel()
        for name, p in model.named_parameters()
        if not any(part in name for part in twice) and not (method and method.is_own(name) and method.is_derived(name))
    )


def origin_findings(
    adapter: ForeignAdapter, base: BaseFiles, given: str | None, labels_by: str, *, is_watched: bool = False
) -> list[Finding]:
    """`adapter.origin`, `adapter.peft_version`, `base_model.named` and `task.labels_declared_by`.

    Args:
        is_watched: whether its training was seen.
    """
    version = adapter.config.get("peft_version")
    said = f"the adapter names {_last_part(adapter)}"
    how = f"{said}; files found under that name" if given is None else f"{said}; --base gave {_shown(given)}"
    seen = "its training was watched, its rows were not" if is_watched else "nothing of its training was seen"
    return [
        declared("adapter.origin", MADE_ELSEWHERE,
                 method=f"completed from its saved files: {seen}"),
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
