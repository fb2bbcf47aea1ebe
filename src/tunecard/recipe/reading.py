"""YAML to Recipe: a safe loader, and all faults at once with the nearest key."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from tunecard.errors import RecipeError, nearest
from tunecard.recipe.schema import AdapterRecipe, Recipe
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.untrusted.plain_files import read_plain_text

Schema = TypeVar("Schema", bound=BaseModel)
MOST_BYTES = 500_000
MOST_VALUES = 5_000  # a recipe with every key and five hundred named modules has eight hundred
MERGE = "tag:yaml.org,2002:merge"  # `<<: *name` may be overridden; that is no second key


class _StrictLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; a recipe must not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        nodes = [key for key, _ in node.value if key.tag != MERGE]
        seen = set()
        for node_of_key in nodes:
            key = self.construct_object(node_of_key, deep=True)
            if isinstance(key, Hashable) and key in seen:  # PyYAML itself tells of keys that are not
                line = node_of_key.start_mark.line + 1
                raise RecipeError(f"line {line}: the key {key!r} stands twice. Keep one.")
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


AdapterBlock = Callable[[object], type[AdapterRecipe]]  # of the name of a method, or of None


def read_recipe(
    path: Path, adapter_block: AdapterBlock, tasks: tuple[str, ...], settings: Sequence[str] = ()
) -> Recipe:
    """Reads a recipe file and applies `key=value` settings over it.

    Args:
        adapter_block: the keys of the `adapter:` block by the method that it names, None where it names none.
        tasks: the names that `task` may have.
    Raises: RecipeError: the file is missing, is not YAML, or breaks the schema (all faults at once).
    """
    content = read_yaml(path, "no such recipe.{} `tunecard init DATA` writes one.")
    changed = apply_settings({} if content is None else content, settings)
    return check_recipe(changed, adapter_block, tasks, place=path.name)


def read_yaml(path: Path, missing: str) -> Any:
    """The content of a YAML file, in which no key stands twice.

    Args:
        missing: what to say when there is no such file; {} becomes a hint at the nearest name.
    Raises: RecipeError: the file is missing, is no UTF-8 text or not YAML.
    """
    try:
        text = read_plain_text(path, MOST_BYTES)
    except FileNotFoundError as error:
        neighbours = [neighbour.name for neighbour in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise RecipeError(missing.format(nearest(path.name, neighbours)), place=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot be read as a UTF-8 text file: {error}", place=str(path)) from error
    try:
        return load_yaml(text, _StrictLoader, MOST_VALUES)
    except RecipeError as error:
        raise RecipeError(error.problems, place=path.name) from error
    except yaml.YAMLError as error:
        raise RecipeError(f"is not YAML: {' '.join(str(error).split())}", place=path.name) from error


def apply_settings(content: Any, settings: Sequence[str]) -> Any:
    """A copy of `content` with each `a.b=value` set; values are read as YAML.

    >>> apply_settings({"training": {"epochs": 3}}, ["training.epochs=5", "adapter.rank=8"])
    {'training': {'epochs': 5}, 'adapter': {'rank': 8}}
    """
    if not isinstance(content, Mapping):
        return content
    changed = _copy(content)
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise RecipeError(f"--set takes key=value, such as training.epochs=5. Got {setting!r}.")
        block = changed
        *path, last = key.split(".")
        for name in path:
            if not isinstance(block.get(name), dict):
                block[name] = {}
            block = block[name]
        try:
            block[last] = load_yaml(value, _StrictLoader, MOST_VALUES)
        except yaml.YAMLError as error:
            raise RecipeError(f"--set {key}: the value {value!r} is not YAML.") from error
    return changed


def check_recipe(content: Any, adapter_block: AdapterBlock, tasks: tuple[str, ...], *, place: str) -> Recipe:
    """A mapping as a Recipe; see `read_recipe`. Raises: RecipeError: with every fault of it."""
    adapter = content.get("adapter") if isinstance(content, Mapping) else None
    method = adapter.get("method") if isinstance(adapter, Mapping) else None
    return check_mapping(content, _recipe_with(adapter_block(method), tasks), what="a recipe", place=place)


@cache
def _recipe_with(adapter: type[AdapterRecipe], tasks: tuple[str, ...]) -> type[Recipe]:
    block: Any = Field(default_factory=adapter, description="a mapping")
    name: Any = Field("auto", description=f"auto, {', '.join(tasks[:-1])} or {tasks[-1]}")
    names: Any = Literal[("auto", *tasks)]
    return create_model("Recipe", __base__=Recipe, adapter=(adapter, block), task=(names, name))


def check_mapping(content: Any, schema: type[Schema], *, what: str, place: str) -> Schema:
    """A mapping as an instance of `schema`, whose fields have descriptions.

    Raises: RecipeError: with every fault of it, and the nearest name for each unknown key.
    """
    if not isinstance(content, Mapping):
        raise RecipeError(f"{what} is a mapping of keys. Got {type(content).__name__}.", place=place)
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        faults: dict[str, str] = {}
        for detail in error.errors():
            key, fault = _fault(detail, schema)
            faults.setdefault(key, fault)  # a union reports each of its branches: one fault a key is enough
        raise RecipeError(list(faults.values()), place=place) from error


def _keys(known: list[str], block: type[BaseModel]) -> str:
    """The keys of a block within the recipe, which may depend on the method; all of a recipe would be too many."""
    return f" Keys of {'.'.join(known)}: {', '.join(block.model_fields)}." if known else ""


def _fault(detail: ErrorDetails, block: type[BaseModel]) -> tuple[str, str]:
    known: list[str] = []
    for position, part in enumerate(detail["loc"]):
        field = block.model_fields.get(str(part))
        if field is None:
            # Past the schema: either an unknown key of this block, or a branch of a union (then the field is told).
            if position == len(detail["loc"]) - 1 and detail["type"] in {"extra_forbidden", "invalid_key"}:
                key = ".".join([*known, str(part)])
                return key, f"{key} is not a key.{nearest(str(part), block.model_fields) or _keys(known, block)}"
            break
        known.append(str(part))
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            block = field.annotation
            continue
        return ".".join(known), _must_be(known, field.description, detail)
    return ".".join(known), _must_be(known, "a mapping of its keys", detail)


def _must_be(path: Sequence[str], description: str | None, detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return f"{'.'.join(path)} is missing. It must be {description}."
    value = detail["input"]
    shown = repr(list(value) if isinstance(value, tuple) else value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    wants_text = isinstance(value, bool) and detail["type"] == "string_type"
    hint = " YAML reads a bare yes, no, on or off as true or false: quote it." if wants_text else ""
    return f"{'.'.join(path)} must be {description}. Got {shown}.{hint}"


def _copy(content: Any) -> Any:
    return {key: _copy(value) for key, value in content.items()} if isinstance(content, Mapping) else content
