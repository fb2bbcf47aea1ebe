"""A key that is none: which one was meant. It may stand in another block, or be called otherwise by other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from pydantic import BaseModel

from tunecard.errors import nearest
from tunecard.recipe.other_names import OTHER_NAMES

NEAR_ELSEWHERE = 0.8  # a name of another block must be nearer than one of the block that was written in


def unknown_key(
    place: str, name: str, block: type[BaseModel], schema: type[BaseModel], names: Mapping[str, str]
) -> str:
    """The sentence about a key that is none.

    Args:
        place: the block it stands in, as "training"; empty at the top.
        block: the keys of that block.
        schema: all there is.
        names: what others call a key, to its place, beyond `OTHER_NAMES`.
    """
    key = f"{place}.{name}" if place else name
    return f"{key} is not a key.{_meant(place, name, block, schema, names) or _keys_of(place, block)}"


def _meant(place: str, name: str, block: type[BaseModel], schema: type[BaseModel], names: Mapping[str, str]) -> str:
    paths = list(paths_of(schema))
    last = {path: path.rpartition(".")[2] for path in paths}
    by_name = [path for path in paths if last[path] == name]
    other = {**OTHER_NAMES, **names}.get(name)
    if other in paths and not by_name:
        by_name = [other]
    if by_name:
        return f" Did you mean `{by_name[0]}`?"
    if near := nearest(name, block.model_fields):
        return near
    elsewhere = get_close_matches(name, sorted(set(last.values())), n=1, cutoff=NEAR_ELSEWHERE)
    return f" Did you mean `{next(path for path in paths if last[path] == elsewhere[0])}`?" if elsewhere else ""


def _keys_of(place: str, block: type[BaseModel]) -> str:
    """The keys of a block within the recipe, which may depend on the method; all of a recipe would be too many."""
    return f" Keys of {place}: {', '.join(block.model_fields)}." if place else ""


def paths_of(schema: type[BaseModel], place: str = "") -> Iterator[str]:
    """Every key with its place, such as "training.epochs"; blocks themselves are left out."""
    for name, field in schema.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from paths_of(field.annotation, f"{place}{name}.")
        else:
            yield place + name
