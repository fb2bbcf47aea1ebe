"""Texts and pairs of texts to answers, and what keeps a row from being either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.steps import Steps
from tunecard.inference.raw_text.usual_names import usual_texts
from tunecard.rows.text import is_broken_text, is_invisible, shown

PAIR = 2
_BROKEN = "holds a byte that is not UTF-8 or half a character. Mend the text."


def predict_texts(engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
    """The task's answer to each row, and whether it was cut.

    Args:
        rows: texts, or pairs of texts; all of one kind and none empty.
    """
    inputs = {"text": list(rows)}
    if is_pair_of_texts(rows[0]):
        inputs = {"text": [row[0] for row in rows], "text_pair": [row[1] for row in rows]}
    encoded = engine.encode(inputs)
    read = yield encoded
    return [
        {**engine.task.answer(*engine.task.decode(logits, encoded, row)), "truncated": encoded.is_truncated[row]}
        for row, logits in enumerate(read)
    ]


def is_pair_of_texts(row: Any) -> bool:
    """Whether a row is a list or tuple of two."""
    return isinstance(row, (list, tuple)) and len(row) == PAIR


def fault_in_text(value: Any, what: str = "the text") -> str | None:
    """What is wrong with one text; None when it can be read."""
    if isinstance(value, str) and is_invisible(value):
        return f"{what} is empty."
    return fault_in_kind(value, what)


def fault_in_kind(value: Any, what: str) -> str | None:
    """What keeps a value from being text at all; None when it is, be it empty."""
    if not isinstance(value, str):
        return f"{what} must be text. Got {shown(value)}."
    return f"{what} {_BROKEN}" if is_broken_text(value) else None


def fault_in_text_row(row: Any, is_pair: bool | None) -> str | None:
    """What is wrong with a row of text classification.

    Args:
        is_pair: whether the adapter was trained on pairs; None when that is not known.
    """
    if is_pair_of_texts(row):
        if is_pair is False:
            return "must be one text: this adapter was trained on single texts. Got a pair."
        return fault_in_text(row[0], "the first text") or fault_in_text(row[1], "the second text")
    if isinstance(row, str) and is_pair:
        return "must be a pair of texts: this adapter was trained on pairs. Got one text."
    if isinstance(row, (list, tuple)):
        return f"must be one text or a pair. Got {len(row)} items."
    return fault_in_text(row)


@dataclass(frozen=True)
class TextRows:
    """Texts, or pairs of texts; see `RowKind`."""

    roles: tuple[str, ...] = ("text", "text_pair")

    def told_faults(self, told: Mapping[str, str]) -> list[str]:
        return [] if "text" in told else ["`columns` must name `text`."]

    def usual_columns(self, names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
        return usual_texts(names, is_pair)

    def wanted(self, is_pair: bool | None) -> tuple[str, tuple[str, ...]]:
        return ("two texts", self.roles) if is_pair else ("text", ("text",))

    def value_of(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
        if "text_pair" in columns:
            return (record[columns["text"]], record[columns["text_pair"]]), None
        text = record[columns["text"]]
        return text, None if not isinstance(text, list) else f"{columns['text']!r} must be text. Got a list."

    def fault_of(self, row: Any, is_pair: bool | None) -> str | None:
        return fault_in_text_row(row, is_pair)

    def parts(self, is_pair: bool | None) -> tuple[str, ...]:
        return self.roles if is_pair else self.roles[:1]

    def row_of(self, texts: Sequence[str]) -> Any:
        return texts[0] if len(texts) == 1 else tuple(texts)

    def rows_of(self, inputs: Mapping[str, Sequence[Any]]) -> list[Any]:
        texts = list(inputs["text"])
        return list(zip(texts, inputs["text_pair"], strict=True)) if "text_pair" in inputs else texts

    def fault_together(self, rows: Sequence[Any]) -> str | None:
        both = len({is_pair_of_texts(row) for row in rows}) > 1
        return "all rows must be single texts, or all must be pairs. Got both." if both else None

    def predict(self, engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
        return predict_texts(engine, rows)
