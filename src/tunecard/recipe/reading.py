"""A mapping to Recipe: every fault at once, of the file and of `--set`, each with what was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from tunecard.errors import RecipeError
from tunecard.recipe.schema import AdapterRecipe, Recipe
from tunecard.recipe.settings_over import settings_over
from tunecard.recipe.strict_yaml import read_yaml
from tunecard.recipe.unknown_keys import unknown_key
from tunecard.recipe.wrong_values import must_be

Schema = TypeVar("Schema", bound=BaseModel)
AdapterBlock = Callable[[object], type[AdapterRecipe]]  # of the name of a method, or of None


@dataclass(frozen=True)
class Known:
    """What rooms above know of a recipe.

    Attributes:
        adapter_block: the keys of the `adapter:` block by the method that it names, None where it names none.
        tasks: the names that `task` may have.
        other_names: what PEFT calls a key, to its place in a recipe.
    """

    adapter_block: AdapterBlock
    tasks: tuple[str, ...]
    other_names: Mapping[str, str] = field(default_factory=dict)


def read_recipe(path: Path, known: Known, settings: Sequence[str] = ()) -> Recipe:
    """Reads a recipe file and applies `key=value` settings over it.

    Raises: RecipeError: the file is missing, is not YAML, or breaks the schema (all faults at once).
    """
    faults: list[str] = []
    try:
        content = read_yaml(path, "no such recipe.{} `tunecard init DATA` writes one.")
    except RecipeError as error:
        _, faults = settings_over({}, settings)
        if not faults:
            raise
        raise RecipeError([*error.problems, *faults], place=error.place) from error
    return check_with_settings({} if content is None else content, known, settings, place=path.name)


def check_with_settings(content: Any, known: Known, settings: Sequence[str], *, place: str) -> Recipe:
    """A mapping with `key=value` settings over it as a Recipe. Raises: RecipeError: every fault of both."""
    faults: list[str] = []
    if settings and isinstance(content, Mapping):
        content, faults = settings_over(content, settings)
    given = [setting.partition("=")[0].strip() for setting in settings]
    return check_recipe(content, known, place=place, faults=faults, given=given)


def check_recipe(
    content: Any, known: Known, *, place: str, faults: Sequence[str] = (), given: Sequence[str] = ()
) -> Recipe:
    """A mapping as a Recipe; see `read_recipe`.

    Args:
        faults: what is known to be wrong already, and told with the rest.
        given: keys whose values came with `--set`; a fault of one says so.
    Raises: RecipeError: with every fault of it.
    """
    adapter = content.get("adapter") if isinstance(content, Mapping) else None
    method = adapter.get("method") if isinstance(adapter, Mapping) else None
    schema = _recipe_with(known.adapter_block(method), known.tasks)
    found = (
        {} if isinstance(content, Mapping) else {"": f"a recipe is a mapping of keys. Got {type(content).__name__}."}
    )
    found = found or faults_of(content, schema, known.other_names)
    of_file = [fault for key, fault in found.items() if not _is_given(key, given)]
    of_options = [f"--set {fault}" for key, fault in found.items() if _is_given(key, given)]
    if told := [*of_file, *of_options, *faults]:
        raise RecipeError(told, place=place if of_file else None)  # what was typed has no place in the file
    return schema.model_validate(content)


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
    if faults := faults_of(content, schema):
        raise RecipeError(list(faults.values()), place=place)
    return schema.model_validate(content)


def faults_of(content: Any, schema: type[BaseModel], other_names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Key to the sentence about it, for each that is none or has a value that it cannot have."""
    faults: dict[str, str] = {}
    try:
        schema.model_validate(content)
    except ValidationError as error:
        for detail in error.errors():
            key, fault = _fault(detail, schema, other_names or {})
            faults.setdefault(key, fault)  # a union reports each of its branches: one fault a key is enough
    return faults


def _fault(detail: ErrorDetails, schema: type[BaseModel], other_names: Mapping[str, str]) -> tuple[str, str]:
    known: list[str] = []
    block = schema
    for position, part in enumerate(detail["loc"]):
        field = block.model_fields.get(str(part))
        if field is None:
            # Past the schema: either an unknown key of this block, or a branch of a union (then the field is told).
            if position == len(detail["loc"]) - 1 and detail["type"] in {"extra_forbidden", "invalid_key"}:
                place = ".".join(known)
                return ".".join([*known, str(part)]), unknown_key(place, str(part), block, schema, other_names)
            break
        known.append(str(part))
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            block = field.annotation
            continue
        return ".".join(known), must_be(".".join(known), field.description, detail)
    return ".".join(known), must_be(".".join(known), "a mapping of its keys", detail)


def _is_given(key: str, given: Sequence[str]) -> bool:
    return any(key == one or key.startswith(f"{one}.") for one in given)
