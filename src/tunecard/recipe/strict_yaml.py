"""YAML that a person wrote: within bounds, by a safe loader, and with no key twice."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from tunecard.errors import RecipeError, nearest
from tunecard.recipe.yaml_traps import in_plain_words
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.untrusted.plain_files import read_plain_text

MOST_BYTES = 500_000
MOST_VALUES = 5_000  # a recipe with every key and five hundred named modules has eight hundred
MERGE = "tag:yaml.org,2002:merge"  # `<<: *name` may be overridden; that is no second key


class StrictLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; a recipe must not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        nodes = [key for key, _ in node.value if key.tag != MERGE]
        seen: dict[Hashable, int] = {}
        for node_of_key in nodes:
            key = self.construct_object(node_of_key, deep=True)
            line = node_of_key.start_mark.line + 1
            if isinstance(key, Hashable) and key in seen:  # PyYAML itself tells of keys that are not
                raise RecipeError(f"line {line}: the key {key!r} stands twice (first in line {seen[key]}). Keep one.")
            if isinstance(key, Hashable):
                seen[key] = line
        return super().construct_mapping(node, deep)


def read_value(text: str) -> Any:
    """One value as YAML. Raises: yaml.YAMLError, RecipeError: it is none."""
    return load_yaml(text, StrictLoader, MOST_VALUES)


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
        return read_value(text)
    except RecipeError as error:
        raise RecipeError(error.problems, place=path.name) from error
    except yaml.YAMLError as error:
        raise RecipeError(in_plain_words(error, text), place=path.name) from error
