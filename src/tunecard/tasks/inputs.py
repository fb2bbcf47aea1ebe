"""Raw columns to inputs: text is text, tokens are lists of words, each fault with its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunecard.rows.table import Table
from tunecard.rows.text import is_broken_text, shown
from tunecard.tasks.spans import tokens_of_spans


def read_texts(table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
    """The table with its columns by role, the texts checked (`text`, `text_pair`), and one sentence for each fault."""
    kept = {role: table.column(name) for role, name in columns.items()}
    texts = [role for role in ("text", "text_pair") if role in kept]
    return table.rename(kept), [fault for role in texts for fault in _text_faults(table, columns[role], kept[role])]


def read_words(table: Table, columns: Mapping[str, str]) -> tuple[Table, list[str]]:
    """The table with `tokens` and `tags`, made of `text` and `spans` where those are given; and every fault."""
    kept = {role: table.column(name) for role, name in columns.items()}
    if "text" not in kept:
        return table.rename(kept), _token_faults(table, kept)
    problems = _text_faults(table, "text", kept["text"])
    if not problems:
        kept, problems = _split_spans(table, kept)
    return table.rename(kept), problems


def _text_faults(table: Table, column: str, values: list[Any]) -> list[str]:
    return [
        *_faults(table, values, lambda value: not isinstance(value, str), f"{column!r} must be text. Got {{}}."),
        *_faults(
            table,
            values,
            lambda value: isinstance(value, str) and not value.strip(),
            f"{column!r} is empty. Write a text or remove the row.",
        ),
        *_faults(
            table, values, is_broken_text, f"{column!r} holds half a character (a lone surrogate). Mend the text."
        ),
    ]


def _token_faults(table: Table, kept: dict[str, list[Any]]) -> list[str]:
    tokens = kept["tokens"]
    problems = _faults(table, tokens, lambda value: not isinstance(value, list), "the tokens must be a list. Got {}.")
    lists = [value if isinstance(value, list) else None for value in tokens]
    problems += _faults(table, lists, lambda value: value == [], "has no tokens. Write some or remove the row.")
    for row, words in enumerate(lists):
        if words and not _is_readable(words):
            problems += [f"{table.where(row, i)}: {fault}" for i, word in enumerate(words) if (fault := _fault(word))]
    return problems


def _is_readable(words: list[Any]) -> bool:
    return all(type(word) is str and word for word in words) and not is_broken_text("".join(words))


def _fault(word: Any) -> str | None:
    if not isinstance(word, str):
        return f"a token must be text. Got {shown(word)}."
    if not word or is_broken_text(word):
        return f"a token must be readable text. Got {shown(word)}."
    return None


def _split_spans(table: Table, kept: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], list[str]]:
    tokens, tags, problems = [], [], []
    for row, text in enumerate(kept["text"]):
        spans = kept["spans"][row] if "spans" in kept else None
        words, names, faults = tokens_of_spans(text, spans)
        tokens.append(words)
        tags.append(names)
        problems += [f"{table.where(row)}: {fault}" for fault in faults]
    return {"tokens": tokens, "tags": tags}, problems


def _faults(table: Table, values: list[Any], is_fault: Callable[[Any], bool], sentence: str) -> list[str]:
    rows = [row for row, value in enumerate(values) if is_fault(value)]
    if not rows:
        return []
    return [f"{table.where_all(rows)}: {sentence.format(shown(values[rows[0]]))}"]
