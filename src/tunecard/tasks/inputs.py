"""Raw columns to inputs: text is text, tokens are lists of words, each fault with its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunecard.row_faults import GOT, RowFault
from tunecard.rows.table import Table
from tunecard.rows.text import is_broken_text, is_invisible, shown
from tunecard.tasks.spans import tokens_of_spans

WRITTEN = "written"  # the texts that words were read from: no input, as no model reads them
TEXTS = ("text", "text_pair", "negative")


def read_texts(table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
    """The table with its columns by role, the texts checked, and one sentence for each fault."""
    kept = {role: table.column(name) for role, name in columns.items()}
    texts = [role for role in TEXTS if role in kept]
    return table.rename(kept), [fault for role in texts for fault in _text_faults(table, columns[role], kept[role])]


def read_words(table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
    """The table with `tokens` and `tags`, and every fault; where it has `text` and `spans`, made of those, which stay
    as WRITTEN."""
    kept = {role: table.column(name) for role, name in columns.items()}
    if "text" not in kept:
        return table.rename(kept), _token_faults(table, kept)
    problems = _text_faults(table, "text", kept["text"])
    if not problems:
        kept, problems = _split_spans(table, kept)
    return table.rename(kept), problems


def _text_faults(table: Table, column: str, values: list[Any]) -> list[str]:
    return [
        RowFault(kind, table.where(row), got) for row, value in enumerate(values) for kind, got in _in(column, value)
    ]


def _in(column: str, value: Any) -> list[tuple[str, str]]:
    """What is wrong with a text: the kind of fault, and what came."""
    if not isinstance(value, str):
        return [(f"{column!r} must be text. Got {GOT}.", shown(value))]
    if is_invisible(value):
        return [(f"{column!r} is empty. Write a text or remove the row.", "")]
    if is_broken_text(value):
        return [(f"{column!r} holds half a character (a lone surrogate). Mend the text.", "")]
    return []


def _token_faults(table: Table, kept: dict[str, list[Any]]) -> list[str]:
    problems: list[str] = []
    for row, words in enumerate(kept["tokens"]):
        if not isinstance(words, list):
            problems.append(RowFault(f"the tokens must be a list. Got {GOT}.", table.where(row), shown(words)))
        elif not words:
            problems.append(RowFault("has no tokens. Write some or remove the row.", table.where(row)))
        elif not _is_readable(words):
            problems += _word_faults(table, row, words)
    return problems


def _is_readable(words: list[Any]) -> bool:
    whole = "".join(words) if all(type(word) is str for word in words) else ""
    return not is_broken_text(whole) and not is_invisible(whole)


def _word_faults(table: Table, row: int, words: list[Any]) -> list[str]:
    kinds = [
        (
            i,
            f"a token must be text. Got {GOT}."
            if not isinstance(word, str)
            else f"a token must be readable. Got {GOT}.",
        )
        for i, word in enumerate(words)
        if not isinstance(word, str) or is_broken_text(word)
    ]
    if not kinds:
        return [RowFault("has no word that can be seen. Write some or remove the row.", table.where(row))]
    return [RowFault(kind, table.where(row, i), shown(words[i])) for i, kind in kinds]


def _split_spans(table: Table, kept: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], list[str]]:
    tokens, tags = [], []
    problems: list[str] = []
    for row, text in enumerate(kept["text"]):
        spans = kept["spans"][row] if "spans" in kept else None
        words, names, faults = tokens_of_spans(text, spans)
        tokens.append(words)
        tags.append(names)
        problems += [RowFault(kind, table.where(row), got) for kind, got in faults]
    return {"tokens": tokens, "tags": tags, WRITTEN: kept["text"]}, problems
