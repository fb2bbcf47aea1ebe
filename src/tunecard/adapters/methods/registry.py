"""The methods and controls by name, and what an adapter_config.json says by the method that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunecard.adapters.methods.controls import FULL, HEAD
from tunecard.adapters.methods.ia3 import IA3
from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.method import AdapterPlan, Control, Method, Setting

METHODS: dict[str, Method] = {method.name: method for method in (LORA, IA3)}
CONTROLS: dict[str, Control] = {control.name: control for control in (HEAD, FULL)}
DEFAULT = LORA.name
# How most methods outside the registry spell what they share with it.
FAMILY = LORA


def peft_type_of(config: Mapping[str, Any]) -> str:
    """The method's name in PEFT's spelling; adapters of old versions say "PeftType.LORA"."""
    return str(config.get("peft_type")).rpartition(".")[2].upper()


def method_of(config: Mapping[str, Any]) -> Method | None:
    """The method that an adapter_config.json names; None where the registry has none of that type."""
    return next((method for method in METHODS.values() if method.peft_type == peft_type_of(config)), None)


def name_of(config: Mapping[str, Any]) -> str:
    """The method's name as a recipe has it, also of one that is not in the registry."""
    method = method_of(config)
    return method.name if method else str(config.get("peft_type")).lower()


def settings_for(config: Mapping[str, Any]) -> tuple[Setting, ...]:
    """The settings that may stand in an adapter_config.json."""
    return (method_of(config) or FAMILY).settings


def settings_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Key to value of every setting that an adapter_config.json holds; lists sorted, one name as a list of it."""
    return {
        setting.key: _names(config[setting.peft]) if setting.names_modules else config[setting.peft]
        for setting in settings_for(config)
        if config.get(setting.peft) not in (None, [])
    }


def switches_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The variants that are switched on, by PEFT's names."""
    return {key: config[key] for key in (method_of(config) or FAMILY).switches if config.get(key)}


def variants_of(config: Mapping[str, Any]) -> list[str]:
    """The variants that are switched on, in words."""
    words = (method_of(config) or FAMILY).switches
    return [words[key](value) for key, value in switches_of(config).items()]


def leaves_base_frozen(plan: AdapterPlan) -> bool:
    """Whether no weight of the base's blocks learns, so that they may be stored in a type that is too coarse to."""
    control = CONTROLS.get(plan.method)
    return control.freezes_base if control else METHODS[plan.method].freezes_base(plan.settings)


def _names(value: Any) -> list[str]:
    return sorted(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else [str(value)]
