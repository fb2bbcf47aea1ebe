"""doccano, spaCy, Azure and others: a text beside a list of marked passages, or beside its class in a list or a
mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tunecard.data.readers.annotations.export import Found, Rows, Values, one_of, plain
from tunecard.data.readers.annotations.marked_spans import are_spans, canonical
from tunecard.data.readers.notes import Notes
from tunecard.tasks.columns import USUAL

_TEXTS = ("text", "data", "content", "document", "sentence", "raw")
_LISTS = ("entities", "spans", "label", "labels", "annotations", "annotation", "ents")
_LIKELY = 0.5
_NEARLY_ALL = 0.9


def read_marked_texts(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Rows with passages marked as [start, end, label] or as objects, whatever their keys are called."""
    text = _text_of(sample)
    marked = next((name for name in _LISTS if _is_marked(sample, name)), None)
    if text is None or marked is None:
        text, marked = _quoted(sample) or (None, None)
    if text is None or marked is None or _holds_words(sample) or _is_plain(sample, text, marked):
        return None

    if any(name.lower() in USUAL["label"] and name != marked for name in sample[0]):
        notes["holds marked passages and a class: `data.columns: {text: text, spans: spans}` learns the passages"] = 0

    called = {name: name for name in columns.values()}  # what somebody named keeps its name

    def rows(values: Values) -> Iterator[Found]:
        kept = {name: value for name, value in plain(values).items() if name not in (text, marked)}
        spans, whole = values.get(marked), values.get(text)
        is_read = isinstance(spans, list) and isinstance(whole, str)
        found = canonical(whole, spans, notes) if is_read else spans  # type: ignore[arg-type]
        yield {**kept, called.get(text, "text"): whole, called.get(marked, "spans"): found}

    return rows


def read_classed_texts(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Rows with their one class in a list (doccano), or with a probability for each class (spaCy's `cats`)."""
    text = _text_of(sample)
    classes = next((name for name in ("label", "labels", "cats") if _is_classed(sample, name)), None)
    if text is None or classes is None or _holds_words(sample):
        return None

    called = {name: name for name in columns.values()}

    def rows(values: Values) -> Iterator[Found]:
        kept = {name: value for name, value in plain(values).items() if name not in (text, classes)}
        label = _class_of(values.get(classes))
        yield {**kept, called.get(text, "text"): values.get(text), called.get(classes, "label"): label}

    return rows


def _text_of(sample: Sequence[Values]) -> str | None:
    return next((name for name in _TEXTS if all(isinstance(values.get(name), str) for values in sample)), None)


def _quoted(sample: Sequence[Values]) -> tuple[str, str] | None:
    """The columns of a text and of passages that say which part of it they mark, whatever the columns are called."""
    names = dict.fromkeys(name for values in sample for name in values)
    marked = [name for name in names if _is_marked(sample, name)]
    texts = [name for name in names if all(isinstance(values.get(name), str) for values in sample)]
    pairs = [(text, name) for name in marked for text in texts if _stand_in(sample, text, name)]
    return pairs[0] if len(pairs) == 1 else None


def _stand_in(sample: Sequence[Values], text: str, marked: str) -> bool:
    """Whether nearly all passages stand in a text where they say, and there are some."""
    found = [
        span["text"] == values[text][span["start"] : span["end"]]
        for values in sample
        for span in canonical(values[text], values.get(marked) or [], {})
        if isinstance(span, dict) and "text" in span and isinstance(span["label"], str) and type(span["start"]) is int
    ]
    return bool(found) and sum(found) >= _NEARLY_ALL * len(found)


def _holds_words(sample: Sequence[Values]) -> bool:
    """Whether the words of a text stand there, too, so that a list of labels is one of tags."""
    several = [values[name] for values in sample for name in values if name.lower() in USUAL["tokens"]]
    return any(isinstance(words, list) and words and all(isinstance(one, str) for one in words) for words in several)


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
    # Where some row has several, they are no class in a list, and an empty list says that there is none.
    return bool(several) and are_lists and any(several) and all(len(value or ()) <= 1 for value in several)


def _class_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        value = [name for name, share in value.items() if isinstance(share, int | float) and share >= _LIKELY]
    return one_of(value) if isinstance(value, list) else value
