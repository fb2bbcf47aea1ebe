"""A recipe as a file that a person goes on with: the keys one would change, each with a word on what it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel

from tunecard.cli.questions import QUESTIONS
from tunecard.recipe import Recipe

WORDS = {
    "base_model": "the frozen encoder: a Hub id such as FacebookAI/roberta-large, a folder, or embedded",
    "task": "what a row means, the name of a task (a name that is none lists them all); auto: by its columns",
    "data": "what to learn from",
    "data.source": "Hub id, csv, xlsx, json, parquet or CoNLL file, folder; relative to this file",
    "data.columns": "what is read as what",
    "data.max_length": "tokens a row may have; auto: by the longest row and the base",
    "adapter": "which weights learn; auto: by the base and the data",
    "training": "how it learns; auto: by a written rule, and the card says which",
    "training.epochs": "passes over the training rows; stops early when validation gains nothing",
    "training.learning_rate": "too high diverges, too low learns nothing",
    "training.train_batch_size": "rows a step; lower it when memory is short",
    "training.precision": "auto, fp32, bf16-mixed, bf16, fp16-mixed, fp16, fp8-mixed; doctor says which are fast here",
    "training.seed": "everything is decided by it; a list such as [0, 1, 2] trains several and tells the spread",
    "evaluation": "how it is judged",
    "evaluation.factors": "columns whose values are scored apart; length is always known, auto adds what is found",
    "evaluation.cluster": "a column such as document: rows with one value of it are split and drawn together",
    "evaluation.controls": "full (all weights) and head (frozen encoder): compared on the same rows, never shipped",
    "card": "what only a person knows; null: the card says that it is not declared",
    "card.declared_on": "when that was; write today's date when you change it. null: the date of the run",
}
FIRST = set(WORDS) | {"card." + question.key for question in QUESTIONS if question.is_first}
HEADER = """\
# A recipe for tunecard. Train with: tunecard run {name}
# Every key that is not here has its default; `tunecard init DATA --all` lists them.
"""
HEADER_ALL = """\
# A recipe for tunecard with every key. Train with: tunecard run {name}
"""


def commented_recipe(recipe: Recipe, *, name: str, every: bool = False) -> str:
    """The recipe as YAML with comments.

    Args:
        name: the file's name, for the line that says what to type.
        every: every key, instead of those that a person is likely to change or that differ from the default.
    Returns: text that reads back as the same recipe.
    """
    header = (HEADER_ALL if every else HEADER).format(name=name)
    return header + "".join(f"{line}\n" for line in _block(recipe, "", every))


def _block(block: BaseModel, place: str, every: bool) -> Iterator[str]:
    indent = "  " * (place.count(".") + 1 if place else 0)
    for name, field in type(block).model_fields.items():
        key = f"{place}.{name}" if place else name
        value = getattr(block, name)
        if not (every or key in FIRST or field.title or value != field.get_default()):
            continue
        if not place:
            yield ""
        for line in _comment(key, field.title or field.description):
            yield f"{indent}# {line}"
        if isinstance(value, BaseModel):
            yield f"{indent}{name}:"
            yield from _block(value, key, every)
        else:
            yield f"{indent}{name}: {_value(value, indent)}"


def _comment(key: str, description: str | None) -> list[str]:
    question = next((question for question in QUESTIONS if f"card.{question.key}" == key), None)
    if question is not None:
        return [question.asks, question.why]
    words = WORDS.get(key, description or "")
    return [words] if words and words != "a mapping" else []


def _value(value: Any, indent: str) -> str:
    """A value in YAML's flow style, on one line where it is short."""
    plain = [_plain(one) for one in value] if isinstance(value, list | tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=10**6).removesuffix("...\n")
    return text.rstrip("\n").replace("\n", f"\n{indent}  ")


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
