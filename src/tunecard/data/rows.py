"""Raw columns to the rows of a task: text is text, tokens are lists of words, each fault with its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunecard.rows.dataset import TOKEN_TASK
from tunecard.rows.table import Table
from tunecard.rows.text import is_broken_text, shown
from tunecard.tasks.spans import tokens_of_spans


def rows_of(table: Table, kind: str, columns: dict[str, str]) -> tuple[Table, list[str]]:
    """The table with the columns of its task: `text`, `text_pair`, `label`, or `tokens`, `tags`.

    Args:
        columns: role to column. `text` and `spans` become `tokens` and `tags` in a token task.

    Returns: the table, and one sentence for each fault.
    """
    kept = {role: table.column(name) for role, name in columns.items()}
    problems: list[str] = []
    if kind == TOKEN_TASK and "text" in kept:
        problems = _text_faults(table, "text", kept["text"])
        if not problems:
            kept, problems = _split_spans(table, kept)
    elif kind == TOKEN_TASK:
        problems = _token_faults(table, kept)
    else:
        for role in ("text", "text_pair"):
            if role in kept:
                problems += _text_faults(table, columns[role], kept[role])
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
