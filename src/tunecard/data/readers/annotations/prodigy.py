"""Prodigy: a task a line with its `answer`. What was accepted is gold; what was rejected or ignored never is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tunecard.data.readers.annotations.export import Broken, Found, LeftOut, Rows, Values, count, one_of, plain
from tunecard.data.readers.annotations.marked_spans import canonical
from tunecard.data.readers.notes import Notes
from tunecard.rows.text import shown

ACCEPT = "accept"
# What tells a task from a text whose class is called "accept".
_MARKS = {"_input_hash", "_task_hash", "_view_id", "_session_id", "spans", "options", "label", "tokens"}
_REASONS = {"reject": "rejected by their annotators", "ignore": "ignored by their annotators"}
_OF_SPANS = ("ner", "ner_manual", "spans", "spans_manual")
ONE_BY_ONE = "spans accepted one at a time (a text may hold more of them), of rows"


def read_prodigy(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Texts with spans (`spans`), a choice (`options`, `accept`) or one label to agree with (`label`)."""
    are_answered = all(values.get("answer") in (ACCEPT, *_REASONS) for values in sample)
    if not are_answered or not any(_MARKS & set(values) for values in sample) or "answer" in columns.values():
        return None
    of_spans = any(values.get("_view_id") in _OF_SPANS or isinstance(values.get("spans"), list) for values in sample)
    return lambda values: _rows(values, of_spans, notes)


def _rows(values: Values, of_spans: bool, notes: Notes) -> Iterator[Found]:
    text = values.get("text")
    if not isinstance(text, str):
        yield Broken("a task must hold a `text`. Prodigy's tasks of pictures or pairs are not read.")
        return
    kept = {name: value for name, value in plain(values).items() if name not in ("answer", "label", "accept")}
    if values.get("answer") != ACCEPT:
        yield LeftOut(_REASONS[values["answer"]], kept)
        return
    if "accept" in values:
        yield {**kept, "label": one_of(values["accept"]) if isinstance(values["accept"], list) else values["accept"]}
    elif of_spans:
        count(notes, ONE_BY_ONE, values.get("_view_id") == "ner")
        spans: Any = values.get("spans") or []
        if not isinstance(spans, list):
            yield Broken(f"`spans` must be a list of marked passages. Got {shown(spans)}.")
            return
        yield {**kept, "spans": canonical(text, spans, notes)}
    else:
        yield {**kept, "label": values.get("label")}
