"""The methods and controls by name, and what an adapter_config.json says by the method that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunecard.adapters.methods.adalora import ADALORA
from tunecard.adapters.methods.adamss import ADAMSS
from tunecard.adapters.methods.beft import BEFT
from tunecard.adapters.methods.boft import BOFT
from tunecard.adapters.methods.c3a import C3A
from tunecard.adapters.methods.cartridge import CARTRIDGE
from tunecard.adapters.methods.controls import FULL, HEAD
from tunecard.adapters.methods.corda import CORDA
from tunecard.adapters.methods.deft import DEFT
from tunecard.adapters.methods.delora import DELORA
from tunecard.adapters.methods.dora import DORA
from tunecard.adapters.methods.eva import EVA
from tunecard.adapters.methods.fourierft import FOURIERFT
from tunecard.adapters.methods.frod import FROD
from tunecard.adapters.methods.glora import GLORA
from tunecard.adapters.methods.gralora import GRALORA
from tunecard.adapters.methods.hira import HIRA
from tunecard.adapters.methods.hra import HRA
from tunecard.adapters.methods.ia3 import IA3
from tunecard.adapters.methods.kasa import KASA
from tunecard.adapters.methods.lily import LILY
from tunecard.adapters.methods.ln_tuning import LN_TUNING
from tunecard.adapters.methods.loftq import LOFTQ
from tunecard.adapters.methods.loha import LOHA
from tunecard.adapters.methods.lokr import LOKR
from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.lora_fa import LORA_FA
from tunecard.adapters.methods.lora_ga import LORA_GA
from tunecard.adapters.methods.lora_plus import LORA_PLUS
from tunecard.adapters.methods.method import AdapterPlan, Control, Method, Setting, field_of
from tunecard.adapters.methods.mica import MICA
from tunecard.adapters.methods.miss import MISS
from tunecard.adapters.methods.multitask_prompt_tuning import MULTITASK_PROMPT_TUNING
from tunecard.adapters.methods.oft import OFT
from tunecard.adapters.methods.olora import OLORA
from tunecard.adapters.methods.osf import OSF
from tunecard.adapters.methods.p_tuning import P_TUNING
from tunecard.adapters.methods.peanut import PEANUT
from tunecard.adapters.methods.pissa import PISSA
from tunecard.adapters.methods.poly import POLY
from tunecard.adapters.methods.prefix_tuning import PREFIX_TUNING
from tunecard.adapters.methods.prompt_tuning import PROMPT_TUNING
from tunecard.adapters.methods.psoft import PSOFT
from tunecard.adapters.methods.pvera import PVERA
from tunecard.adapters.methods.randlora import RANDLORA
from tunecard.adapters.methods.road import ROAD
from tunecard.adapters.methods.rslora import RSLORA
from tunecard.adapters.methods.shira import SHIRA
from tunecard.adapters.methods.supertuning import SUPERTUNING
from tunecard.adapters.methods.tinylora import TINYLORA
from tunecard.adapters.methods.unilora import UNILORA
from tunecard.adapters.methods.vblora import VBLORA
from tunecard.adapters.methods.vera import VERA
from tunecard.adapters.methods.waveft import WAVEFT

# The plain one of a PEFT type comes first: files that no variant has left a trace in are its.
LORAS = (LORA, DORA, RSLORA, LORA_PLUS, LORA_FA, PISSA, OLORA, EVA, CORDA, LORA_GA, LOFTQ, KASA, MICA)
OTHERS = (
    ADALORA,
    ADAMSS,
    BEFT,
    BOFT,
    C3A,
    CARTRIDGE,
    DEFT,
    DELORA,
    FOURIERFT,
    FROD,
    GLORA,
    GRALORA,
    HIRA,
    HRA,
    IA3,
    LILY,
    LN_TUNING,
    LOHA,
    LOKR,
    MISS,
    MULTITASK_PROMPT_TUNING,
    OFT,
    OSF,
    P_TUNING,
    PEANUT,
    POLY,
    PREFIX_TUNING,
    PROMPT_TUNING,
    PSOFT,
    PVERA,
    RANDLORA,
    ROAD,
    SHIRA,
    SUPERTUNING,
    TINYLORA,
    UNILORA,
    VBLORA,
    VERA,
    WAVEFT,
)
METHODS: dict[str, Method] = {method.name: method for method in (*LORAS, *OTHERS)}
CONTROLS: dict[str, Control] = {control.name: control for control in (HEAD, FULL)}
DEFAULT = LORA.name
# How most methods outside the registry spell what they share with it.
FAMILY = LORA


def peft_type_of(config: Mapping[str, Any]) -> str:
    """The method's name in PEFT's spelling; adapters of old versions say "PeftType.LORA"."""
    return str(config.get("peft_type")).rpartition(".")[2].upper()


def method_of(config: Mapping[str, Any], named: object = None) -> Method | None:
    """The method that an adapter_config.json names; None where the registry has none of that type.

    Variants of one type are told apart by the fields that make them. Some leave no trace in the file.

    Args:
        named: what evidence calls the method: it is believed where such a file could have come of it.
    """
    own = [method for method in METHODS.values() if method.peft_type == peft_type_of(config)]
    told = next((method for method in own if method.name == named and method.could_ship(config)), None)
    traced = [method for method in own if method.fits(config) and (method.fixed or not _is_traceless(method))]
    return told or max(traced, key=lambda method: len(method.fixed), default=None)


def _is_traceless(method: Method) -> bool:
    """Whether its files are those of another method, which comes before it in the registry."""
    first = next(other for other in METHODS.values() if other.peft_type == method.peft_type)
    return method is not first and not method.fixed


def name_of(config: Mapping[str, Any]) -> str:
    """The method's name as a recipe has it, also of one that is not in the registry."""
    method = method_of(config)
    return method.name if method else str(config.get("peft_type")).lower()


def settings_for(config: Mapping[str, Any], named: object = None) -> tuple[Setting, ...]:
    """The settings that may stand in an adapter_config.json."""
    return tuple(setting for setting in (method_of(config, named) or FAMILY).settings if setting.peft)


def settings_of(config: Mapping[str, Any], named: object = None) -> dict[str, Any]:
    """Key to value of every setting that an adapter_config.json holds; lists sorted, one name as a list of it.

    Args:
        named: as for `method_of`.
    """
    trained = (method_of(config, named) or FAMILY).as_trained(config)
    held = {setting: field_of(trained, setting.peft) for setting in settings_for(config, named)}
    return {
        setting.key: _names(value) if setting.names_modules else value
        for setting, value in held.items()
        if value not in (None, [])
    }


def switches_of(config: Mapping[str, Any], named: object = None) -> dict[str, Any]:
    """The variants that are switched on, by PEFT's names; not what makes the method itself."""
    method = method_of(config, named) or FAMILY
    return {key: config[key] for key in method.switches if config.get(key) and key not in method.fixed}


def variants_of(config: Mapping[str, Any], named: object = None) -> list[str]:
    """The variants that are switched on, in words."""
    words = (method_of(config, named) or FAMILY).switches
    return [words[key](value) for key, value in switches_of(config, named).items()]


def reads_task(config: Mapping[str, Any]) -> bool:
    """Whether PEFT's forward asks which of several tasks a row is of."""
    method = method_of(config)
    return method is not None and method.reads_task


def learned_tokens(config: Mapping[str, Any]) -> int:
    """Tokens of a learned prompt in front of each row; they take places that the base has for tokens of the row."""
    method = method_of(config)
    return method.virtual_tokens(settings_of(config)) if method else 0


def extra_inputs(config: Mapping[str, Any]) -> dict[str, int]:
    """What PEFT's forward asks of a row besides its tokens: which of several tasks it is of, here always the first."""
    return {"task_ids": 0} if reads_task(config) else {}


def titles(is_meant: Callable[[Method], bool]) -> list[str]:
    """Titles of methods, one a PEFT type: variants of a method are not named beside it."""
    first = {method.peft_type: method for method in reversed(METHODS.values())}
    return [method.title for method in METHODS.values() if method is first[method.peft_type] and is_meant(method)]


def leaves_base_frozen(plan: AdapterPlan) -> bool:
    """Whether weights of the base's blocks may be stored in a coarser type: none learns, none is computed with."""
    if plan.method in CONTROLS:
        return CONTROLS[plan.method].freezes_base
    method = METHODS[plan.method]
    return method.freezes_base(plan.settings) and not method.reads_weights


def _names(value: Any) -> list[str]:
    return sorted(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else [str(value)]
