"""Marked passages of a text in the spellings of many tools, as {"start", "end", "label"} in characters.

JavaScript counts a character beyond the first 65,536, such as an emoji, as two. Where a tool also gives the marked
text, and it stands at the place counted that way but not at the one that was given, the offsets of the row are
converted, and that is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from tunecard.data.readers.annotations.export import count
from tunecard.data.readers.notes import Notes

_STARTS = ("start", "start_offset", "startOffset", "begin", "beginOffset", "BeginOffset", "Begin Offset", "offset")
_ENDS = ("end", "end_offset", "endOffset", "EndOffset", "End Offset", "stop")
_LENGTHS = ("length", "len")
_LABELS = ("label", "labels", "entity_group", "entity", "category", "type", "Type", "tag", "ner_tag", "entityLabel")
_TRIPLE = 3
_WRITTEN_BLANKS = re.compile(r"(?:\\[nrt]|[\r\n\t])+")  # Label Studio writes a line end in a marked text as \\n
UTF16 = "spans counted as JavaScript counts (UTF-16) were converted, of rows"
TWICE = "spans marked twice were read once"
BEYOND = "\uffff"


def is_span(value: Any) -> bool:
    """Whether a value marks a passage: [start, end, label], the label first or last, or an object with an offset and an
    end or a length.
    """
    if isinstance(value, list | tuple):
        return len(value) >= _TRIPLE and (
            _is_triple(value[0], value[1], value[2]) or _is_triple(value[1], value[2], value[0])
        )
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
    several = [_as_it_stands(text, span) for span in several]
    different: dict[Any, Any] = {}
    for number, span in enumerate(several):
        is_whole = _has_offsets(span) and isinstance(span["label"], str)
        different.setdefault((span["start"], span["end"], span["label"]) if is_whole else number, span)
    count(notes, TWICE, len(several) - len(different))
    return list(different.values())


def _canonical(span: Any) -> Any:
    if not is_span(span):
        return span
    if not isinstance(span, Mapping):
        start, end, label = span[:3] if isinstance(span[2], str) else (span[1], span[2], span[0])
        return {"start": start, "end": end, "label": label}
    start, end = _first(span, _STARTS), _first(span, _ENDS)
    if end is None:
        length = _first(span, _LENGTHS)
        end = start + length if type(start) is int and type(length) is int else None
    label = _first(span, _LABELS)
    text = span.get("text")
    found = {"start": start, "end": end, "label": label[0] if isinstance(label, list) and len(label) == 1 else label}
    return {**found, **({"text": text} if isinstance(text, str) else {})}


def _is_triple(start: Any, end: Any, label: Any) -> bool:
    return type(start) is int and type(end) is int and isinstance(label, str)


def _first(span: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((span[name] for name in names if span.get(name) is not None), None)


def _has_end(span: Mapping[str, Any]) -> bool:
    return _first(span, _ENDS) is not None or _first(span, _LENGTHS) is not None


def _is_utf16(text: str, spans: Sequence[Any]) -> bool:
    """Whether a marked text is not where its span says, and all are where JavaScript would count them."""
    known = [span for span in spans if _has_offsets(span) and "text" in span]
    if all(char <= BEYOND for char in text) or all(_is_same(_at(text, span), span["text"]) for span in known):
        return False
    places = _characters(text)
    return all(
        _has_offsets(span)
        and span["start"] in places
        and span["end"] in places
        and ("text" not in span or _is_same(text[places[span["start"]] : places[span["end"]]], span["text"]))
        for span in spans
    )


def _as_it_stands(text: str, span: Any) -> Any:
    """The span with its text as the row has it, where both differ in how blanks and line ends are written."""
    if _has_offsets(span) and "text" in span and _is_same(_at(text, span), span["text"]):
        return {**span, "text": _at(text, span)}
    return span


def _is_same(one: str, other: str) -> bool:
    return one == other or _WRITTEN_BLANKS.sub(" ", one) == _WRITTEN_BLANKS.sub(" ", other)


def _at(text: str, span: Mapping[str, Any]) -> str:
    return text[span["start"] : span["end"]]


def _has_offsets(span: Any) -> bool:
    return isinstance(span, dict) and all(type(span.get(edge)) is int for edge in ("start", "end"))


def _characters(text: str) -> dict[Any, int]:
    """Position counted in UTF-16 to position in characters; those inside a character are none."""
    widths = accumulate((2 if char > BEYOND else 1 for char in text), initial=0)
    return {position: place for place, position in enumerate(widths)}
