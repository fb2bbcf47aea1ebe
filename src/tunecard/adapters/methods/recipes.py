"""Recipes read with the tasks there are and the settings of the method that they name: the way of every door."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, create_model

from tunecard.adapters.methods.method import Setting
from tunecard.adapters.methods.registry import DEFAULT, METHODS
from tunecard.recipe import AdapterRecipe, OpenAdapterRecipe, Recipe, reading
from tunecard.tasks import TASKS


def read_recipe(path: Path, settings: Sequence[str] = ()) -> Recipe:
    """Reads a recipe file and applies `key=value` settings over it.

    Raises: RecipeError: the file is missing, is not YAML, or breaks the schema (all faults at once).
    """
    return reading.read_recipe(path, known(), settings)


def check_recipe(content: Any, *, place: str = "recipe", settings: Sequence[str] = ()) -> Recipe:
    """A mapping, and `key=value` settings over it, as a Recipe. Raises: RecipeError: with every fault of it."""
    return reading.check_with_settings(content, known(), settings, place=place)


@cache
def known() -> reading.Known:
    """The tasks and methods there are, and what PEFT calls the settings of each method."""
    by_peft = {setting.peft: f"adapter.{setting.key}" for method in METHODS.values() for setting in method.settings}
    return reading.Known(adapter_block, tuple(TASKS), by_peft)


def adapter_block(method: object) -> type[AdapterRecipe]:
    """The keys of the `adapter:` block for a method, None for the default one.

    A method that is not known may have any keys: that it is not known is told with what else the machine cannot do.
    """
    name = DEFAULT if method is None else method
    return _block(name) if isinstance(name, str) and name in METHODS else OpenAdapterRecipe


@cache
def _block(name: str) -> type[AdapterRecipe]:
    fields: dict[str, Any] = {setting.key: (setting.type, _field(setting)) for setting in METHODS[name].settings}
    method = (str, Field(name, description="the name of a method"))
    return create_model("AdapterRecipe", __base__=AdapterRecipe, method=method, **fields)


def _field(setting: Setting) -> Any:
    return Field(setting.default, title=setting.comment or None, description=setting.must_be)
