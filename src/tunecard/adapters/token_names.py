"""Tokens as a recipe names them: by their ids, or as the tokenizer writes them."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from tunecard.errors import RecipeError

SHOWN = 6


def token_ids(tokenizer: PreTrainedTokenizerBase, named: Sequence[int | str], key: str) -> list[int]:
    """The ids, sorted, each once.

    Args:
        key: of the adapter block, for the fault.
    Raises: RecipeError: what is no token of this tokenizer, all at once.
    """
    vocabulary = tokenizer.get_vocab()
    ids, faults = set(), []
    for name in named:
        id = name if isinstance(name, int) else vocabulary.get(name, -1)
        if 0 <= id < len(vocabulary):
            ids.add(id)
        else:
            faults.append(f"adapter.{key}: {_why_none(tokenizer, name, len(vocabulary))}")
    if faults:
        raise RecipeError(faults, place="recipe")
    return sorted(ids)


def _why_none(tokenizer: PreTrainedTokenizerBase, name: int | str, size: int) -> str:
    if isinstance(name, int):
        return f"{name} is no token of this base, which has ids 0 to {size - 1}."
    pieces = tokenizer.tokenize(name)
    shown = ", ".join(map(repr, pieces[:SHOWN])) + (" and so on" if len(pieces) > SHOWN else "")
    return f"{name!r} is no token of this base: it reads it as {shown}. Name those, or tokens that it has."
