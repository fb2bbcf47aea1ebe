"""Marked passages of a text in the spellings of many tools, as {"start", "end", "label"} in characters.

JavaScript counts a character beyond the first 65,536, such as an emoji, as two. Where a tool also gives the marked
text, and it stands at the place counted that way but not at the one that was given, the offsets of the row are
converted, and that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from tunecard.data.readers.annotations.export import count
from tunecard.data.readers.notes import Notes

_STARTS = ("start", "start_offset", "startOffset", "begin", "beginOffset", "BeginOffset", "Begin Offset", "offset")
_ENDS = ("end", "end_offset", "endOffset", "EndOffset", "End Offset", "stop")
_LENGTHS = ("length", "len")
_LABELS = ("label", "labels", "entity_group", "entity", "category", "type", "Type", "tag", "ner_tag")
_TRIPLE = 3
UTF16 = "spans counted as JavaScript counts (UTF-16) were converted, of rows"
TWICE = "spans marked twice were read once"
BEYOND = "\uffff"


def is_span(value: Any) -> bool:
    """Whether a value marks a passage: [start, end, label], or an object with an offset and an end or a length."""
    if isinstance(value, list | tuple):
        return len(value) >= _TRIPLE and all(type(edge) is int for edge in value[:2]) and isinstance(value[2], str)
    return isinstance(value, Mapping) and _first(value, _STARTS) is not None and _has_end(value)


def are_spans(value: Any) -> bool:
    """Whether a value is a list of nothing but marked passages; an empty one marks none."""
    return isinstance(value, list) and all(map(is_span, value))


def canonical(text: str, spans: Sequence[Any], notes: Notes) -> list[Any]:
    """The spans as training reads them; what cannot be one is left as it is, for the check of rows to name.

    Args:
        notes: told what was mended.
    """
    several = [_canonical(span) for span in spans]
    if not text.isascii() and _is_utf16(text, several):
        places = _characters(text)
        several = [{**span, "start": places[span["start"]], "end": places[span["end"]]} for span in several]
        count(notes, UTF16)
    different: dict[Any, Any] = {}
    for number, span in enumerate(several):
        is_whole = isinstance(span, dict) and isinstance(span.get("label"), str)
        different.setdefault((span["start"], span["end"], span["label"]) if is_whole else number, span)
    count(notes, TWICE, len(several) - len(different))
    return list(different.values())


def _canonical(span: Any) -> Any:
    if not is_span(span):
        return span
    if not isinstance(span, Mapping):
        return {"start": span[0], "end": span[1], "label": span[2]}
    start, end = _first(span, _STARTS), _first(span, _ENDS)
    if end is None:
        length = _first(span, _LENGTHS)
        end = start + length if type(start) is int and type(length) is int else None
    label = _first(span, _LABELS)
    text = span.get("text")
    found = {"start": start, "end": end, "label": label[0] if isinstance(label, list) and len(label) == 1 else label}
    return {**found, **({"text": text} if isinstance(text, str) else {})}


def _first(span: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((span[name] for name in names if span.get(name) is not None), None)


def _has_end(span: Mapping[str, Any]) -> bool:
    return _first(span, _ENDS) is not None or _first(span, _LENGTHS) is not None


def _is_utf16(text: str, spans: Sequence[Any]) -> bool:
    """Whether a marked text is not where its span says, and all are where JavaScript would count them."""
    known = [span for span in spans if isinstance(span, dict) and "text" in span]
    if all(char <= BEYOND for char in text) or all(_at(text, span) == span["text"] for span in known):
        return False
    places = _characters(text)
    return all(
        isinstance(span, dict)
        and span["start"] in places
        and span["end"] in places
        and ("text" not in span or text[places[span["start"]] : places[span["end"]]] == span["text"])
        for span in spans
    )


def _at(text: str, span: Mapping[str, Any]) -> str | None:
    return text[span["start"] : span["end"]] if type(span["start"]) is int and type(span["end"]) is int else None


def _characters(text: str) -> dict[Any, int]:
    """Position counted in UTF-16 to position in characters; those inside a character are none."""
    widths = accumulate((2 if char > BEYOND else 1 for char in text), initial=0)
    return {position: place for place, position in enumerate(widths)}
