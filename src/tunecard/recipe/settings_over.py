"""`--set key=value` over what a recipe says: all that are wrong are told together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tunecard.errors import RecipeError
from tunecard.recipe.strict_yaml import read_value

EXAMPLE = "training.epochs=5"


def apply_settings(content: Any, settings: Sequence[str]) -> Any:
    """A copy of `content` with each `a.b=value` set; values are read as YAML.

    Raises: RecipeError: every setting that is none.

    >>> apply_settings({"training": {"epochs": 3}}, ["training.epochs=5", "adapter.rank=8"])
    {'training': {'epochs': 5}, 'adapter': {'rank': 8}}
    """
    changed, faults = settings_over(content, settings)
    if faults:
        raise RecipeError(faults)
    return changed


def settings_over(content: Any, settings: Sequence[str]) -> tuple[Any, list[str]]:
    """The same, with the sentences about settings that are none in the place of an error."""
    if not isinstance(content, Mapping):
        content = {}
    changed, faults = _copy(content), []
    for setting in settings:
        key, equals, value = setting.partition("=")
        key = key.strip()
        if not equals or not key:
            faults.append(_no_setting(setting))
            continue
        try:
            _put(changed, key, read_value(value))
        except (yaml.YAMLError, RecipeError):
            faults.append(f"--set {key}: the value {value!r} is not YAML.{_hint(value)}")
    return changed, faults


def _put(content: dict[str, Any], key: str, value: Any) -> None:
    block = content
    *path, last = key.split(".")
    for name in path:
        if not isinstance(block.get(name), dict):
            block[name] = {}
        block = block[name]
    block[last] = value


def _no_setting(setting: str) -> str:
    key, _, value = setting.partition(":")
    meant = f" Did you mean --set {key.strip()}={value.strip()}?" if key.strip() and value.strip() else ""
    return f"--set takes key=value, such as {EXAMPLE}. Got {setting!r}.{meant}"


def _hint(value: str) -> str:
    return "" if not value.startswith(("[", "{")) else " Put it in quotation marks, for the shell and for YAML."


def _copy(content: Any) -> Any:
    return {key: _copy(value) for key, value in content.items()} if isinstance(content, Mapping) else content
