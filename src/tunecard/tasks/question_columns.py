"""Which columns hold questions, contexts and answers, by their usual names and by what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.rows.table import Table

USUAL_NAMES = {
    "question": ("question", "query"),
    "context": ("context", "passage", "paragraph"),
    "answers": ("answers", "answer", "answer_text"),
    "answer_start": ("answer_start",),
    "is_impossible": ("is_impossible",),
}


def usual(role: str, table: Table) -> list[str]:
    """The columns with a usual name for a role."""
    return [name for wanted in USUAL_NAMES[role] for name in table.columns if name.lower() == wanted]


def look_marked(values: Sequence[Any], contexts: Sequence[Any]) -> bool:
    """Whether answers are lists or objects, or texts most of which stand in their contexts."""
    pairs = [(value, text) for value, text in zip(values, contexts, strict=True) if value is not None]
    if not pairs or not all(isinstance(value, dict | list | str) for value, _ in pairs):
        return False
    plain = [(value, text) for value, text in pairs if isinstance(value, str) and value[:1] not in ("{", "[")]
    return 2 * sum(isinstance(text, str) and value in text for value, text in plain) >= len(plain)
