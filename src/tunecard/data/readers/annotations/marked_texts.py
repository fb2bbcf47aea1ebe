"""doccano, spaCy, Azure and others: a text beside a list of marked passages, or beside its class in a list or a
mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tunecard.data.readers.annotations.export import Found, Rows, Values, one_of, plain
from tunecard.data.readers.annotations.marked_spans import are_spans, canonical
from tunecard.data.readers.notes import Notes
from tunecard.tasks.columns import USUAL

_TEXTS = ("text", "data", "content", "sentence", "raw")
_LISTS = ("entities", "spans", "label", "labels", "annotations", "ents")
_LIKELY = 0.5


def read_marked_texts(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Rows with passages marked as [start, end, label] or as objects, whatever their keys are called."""
    text = _text_of(sample)
    marked = next((name for name in _LISTS if _is_marked(sample, name)), None)
    if text is None or marked is None or "tokens" in sample[0] or _is_plain(sample, text, marked):
        return None

    if any(name.lower() in USUAL["label"] and name != marked for name in sample[0]):
        notes["holds marked passages and a class: `data.columns: {text: text, spans: spans}` learns the passages"] = 0

    def rows(values: Values) -> Iterator[Found]:
        kept = {name: value for name, value in plain(values).items() if name not in (text, marked)}
        spans, whole = values.get(marked), values.get(text)
        is_read = isinstance(spans, list) and isinstance(whole, str)
        yield {**kept, "text": whole, "spans": canonical(whole, spans, notes) if is_read else spans}  # type: ignore[arg-type]

    return rows


def read_classed_texts(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Rows with their one class in a list (doccano), or with a probability for each class (spaCy's `cats`)."""
    text = _text_of(sample)
    classes = next((name for name in ("label", "labels", "cats") if _is_classed(sample, name)), None)
    if text is None or classes is None or "tokens" in sample[0]:
        return None

    def rows(values: Values) -> Iterator[Found]:
        kept = {name: value for name, value in plain(values).items() if name not in (text, classes)}
        yield {**kept, "text": values.get(text), "label": _class_of(values.get(classes))}

    return rows


def _text_of(sample: Sequence[Values]) -> str | None:
    return next((name for name in _TEXTS if all(isinstance(values.get(name), str) for values in sample)), None)


def _is_marked(sample: Sequence[Values], name: str) -> bool:
    """Whether all rows hold lists of marked passages under a name, one of them at least one passage.

    A row without any has an empty list or nothing there.
    """
    several = [values.get(name) for values in sample]
    return any(several) and all(value is None or are_spans(value) for value in several)


def _is_plain(sample: Sequence[Values], text: str, marked: str) -> bool:
    """Whether the rows are already as training reads them."""
    keys = {"start", "end", "label"}
    spans = [span for values in sample for span in values.get(marked) or []]
    return (
        text in ("text", "sentence")
        and marked in ("spans", "entities")
        and all(isinstance(span, dict) and keys <= set(span) and isinstance(span["label"], str) for span in spans)
    )


def _is_classed(sample: Sequence[Values], name: str) -> bool:
    several = [values.get(name) for values in sample if values.get(name) is not None]
    if name == "cats":
        return bool(several) and all(isinstance(value, dict) for value in several)
    are_lists = all(isinstance(value, list) and all(isinstance(one, str) for one in value) for value in several)
    return bool(several) and are_lists and any(several)


def _class_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        value = [name for name, share in value.items() if isinstance(share, int | float) and share >= _LIKELY]
    return one_of(value) if isinstance(value, list) else value
