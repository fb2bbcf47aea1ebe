"""An adapter's config as PEFT 0.7.1 reads it: keys it does not know are left out at their defaults, else refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from peft import PEFT_TYPE_TO_CONFIG_MAPPING, PeftType

from tunecard.errors import AdapterError

OF_THE_WRITER = "peft_version"  # which version wrote a config is no setting
# Ways to begin by which PEFT draws two factors; by any other it changes the base's weights as it loads, or knows none.
DRAWN = (True, False, "gaussian")
# Modules that it saves whole of a classifier without being told, where a kind of adapter has no key for them.
HEADS = {"classifier", "score"}
WITH_HEADS = ("SEQ_CLS", "TOKEN_CLS")


@cache
def known_keys() -> dict[str, list[str]]:
    """PEFT type to the keys of its config in 0.7.1, of the types that were seen to give there what they give today.

    LoKr is none of them: its update is scaled otherwise since (docs/log.md).
    """
    keys: dict[str, list[str]] = json.loads(Path(__file__).with_name("peft_0_7_1.json").read_text(encoding="utf-8"))
    return keys


def config_for_0_7_1(config: Mapping[str, Any]) -> dict[str, Any]:
    """What adapter_config.json must hold for PEFT 0.7.1.

    Args:
        config: as today's PEFT wrote it.
    Raises: AdapterError: what that version could not do, all at once.
    """
    kind = str(config.get("peft_type"))
    if kind not in known_keys():
        raise AdapterError(
            f"PEFT 0.7.1 does not load {kind} as it is saved today. It loads {', '.join(known_keys())}; "
            "--format safetensors gives a plain model where the method can be merged."
        )
    faults = list(_faults(kind, config))
    if faults:
        raise AdapterError(faults)
    return {key: value for key, value in config.items() if key in known_keys()[kind]}


def _faults(kind: str, config: Mapping[str, Any]) -> Iterator[str]:
    defaults = _defaults(kind)
    for key, value in config.items():
        is_known = key in known_keys()[kind] or key == OF_THE_WRITER or _is_done_anyway(key, value, config)
        if not is_known and value and value != defaults.get(key):
            yield f"PEFT 0.7.1 does not know {key}, which is {str(value)[:60]!r} here and no default."
    start = config.get("init_lora_weights", True)
    if start not in DRAWN:
        yield f"PEFT 0.7.1 does not know init_lora_weights {str(start)[:40]!r}, by which the base changes as it loads."


def _is_done_anyway(key: str, value: Any, config: Mapping[str, Any]) -> bool:
    """Whether it saves these modules whole by itself."""
    return key == "modules_to_save" and config.get("task_type") in WITH_HEADS and set(value or ()) <= HEADS


def _defaults(kind: str) -> dict[str, Any]:
    """What each key is where nobody sets it, in the PEFT that is installed."""
    fields = dataclasses.fields(PEFT_TYPE_TO_CONFIG_MAPPING[PeftType(kind)])
    made = {f.name: f.default_factory() for f in fields if f.default_factory is not dataclasses.MISSING}
    return {f.name: f.default for f in fields if f.default is not dataclasses.MISSING} | made
