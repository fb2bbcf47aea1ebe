"""Every key of a recipe, from the schema that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel
from tables import cell, table

from tunecard.adapters.methods.recipes import adapter_block
from tunecard.adapters.methods.registry import METHODS
from tunecard.cli.questions import QUESTIONS
from tunecard.cli.recipe_text import WORDS
from tunecard.recipe import AdapterRecipe, Recipe

INTRODUCTION = """\
# Recipe keys

A recipe is a YAML file with these keys and no others: an unknown key is an error that names the nearest one. `auto` is decided by a
written rule, and the value that came of it is written back into the run folder's `recipe.yaml` and told on the card.
`tunecard init DATA --all` writes every key with its default into a file; `tunecard run RECIPE --set training.epochs=5` sets one for
a single run. Only `data.source` must be given.

This page is generated from the schema that reads recipes.
"""


def recipe_page() -> str:
    """The page as Markdown."""
    blocks = {key: field for key, field in Recipe.model_fields.items() if _is_block(field.annotation)}
    single = [_row(key, field) for key, field in Recipe.model_fields.items() if key not in blocks]
    parts = [INTRODUCTION, "## At the top\n", _keys(single)]
    for key, field in blocks.items():
        parts += [f"## {key}\n", f"{_first_line(field.annotation)}\n", _keys(_rows(key, field.annotation))]
        if field.annotation is AdapterRecipe:
            parts += list(_methods(key))
    return "\n".join(parts)


def _methods(key: str) -> Iterator[str]:
    """The keys that each method adds to its block, with the rule behind each `auto`."""
    for name, method in METHODS.items():
        block = adapter_block(name)
        own = [_row(f"{key}.{setting.key}", block.model_fields[setting.key]) for setting in method.settings]
        rules = [setting.rule.words if setting.rule else "" for setting in method.settings]
        yield f"### {key}, where `method: {name}`\n"
        yield f"{method.title}: {method.meaning}\n"
        yield table(
            ("key", "must be", "default", "auto is"), [(*row, cell(r)) for row, r in zip(own, rules, strict=True)]
        )


def _keys(rows: list[tuple[str, str, str]]) -> str:
    return table(("key", "must be", "default"), rows)


def _rows(place: str, block: type[BaseModel]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for key, field in block.model_fields.items():
        name = f"{place}.{key}"
        found += _rows(name, field.annotation) if _is_block(field.annotation) else [_row(name, field)]
    return found


def _row(name: str, field: Any) -> tuple[str, str, str]:
    default = "must be given" if field.is_required() else f"`{_yaml(field.default)}`"
    return f"`{name}`", cell(_meaning(name, field.description or "")), default


def _meaning(name: str, must_be: str) -> str:
    """What the value must be, and in one more sentence what it does, where `init` says so."""
    question = next((one for one in QUESTIONS if f"card.{one.key}" == name), None)
    does = question.asks if question else WORDS.get(name, "")
    return f"{must_be}. {does[:1].upper()}{does[1:]}" if does else must_be


def _yaml(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(plain, default_flow_style=True, width=10**6).removesuffix("...\n").strip()


def _is_block(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _first_line(block: Any) -> str:
    return str(block.__doc__ or "").splitlines()[0]
