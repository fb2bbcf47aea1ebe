"""Character spans to tokens and tags, by a plain word splitter that also splits at every span's edges."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from tunecard.row_faults import GOT
from tunecard.rows.text import is_invisible, shown

# A word keeps its inner hyphens, apostrophes, points and commas (well-known, don't, 3.5); other marks stand alone.
_WORD = re.compile(r"\w+(?:[-'\u2019.,]\w+)*|[^\w\s]")

# A piece that a span's edge cut off may begin with a mark and go on as a word: "-led" stays one token.
_PIECE = re.compile(rf"(?:^[-'\u2019](?=\w))?(?:{_WORD.pattern})")


Fault = tuple[str, str]  # the kind, and what came


def tokens_of_spans(text: str, spans: Any) -> tuple[list[str], list[str] | None, list[Fault]]:
    """Words of a text and their IOB2 tags.

    Args:
        text: any text that is not empty.
        spans: list of {"start", "end", "label"} in characters, end exclusive; None for an unlabelled row.

    Returns: tokens, tags (None without spans), and the kind of each fault with what came.

    >>> tokens_of_spans("Ana of Acme-led group", [{"start": 7, "end": 11, "label": "ORG"}])
    (['Ana', 'of', 'Acme', '-led', 'group'], ['O', 'O', 'B-ORG', 'O', 'O'], [])
    """
    if spans is None:
        return [word for word, _ in _words(text, [])], None, []
    if not isinstance(spans, list):
        return [], [], [(f"the spans must be a list. Got {GOT}.", shown(spans))]
    faults = [fault for span in spans if (fault := _fault(text, span))]
    if faults:
        return [], [], faults
    ordered = sorted(spans, key=lambda span: (span["start"], span["end"]))
    faults = [
        (
            f"spans must not overlap, as a word has one tag. Got {GOT}. Keep one of each two.",
            f"{a['label']} {a['start']}-{a['end']} and {b['label']} {b['start']}-{b['end']}",
        )
        for a, b in pairwise(ordered)
        if b["start"] < a["end"]
    ]
    if faults:
        return [], [], faults
    words = _words(text, [edge for span in ordered for edge in (span["start"], span["end"])])
    return [word for word, _ in words], _tags(words, ordered), []


def _words(text: str, edges: list[int]) -> list[tuple[str, int]]:
    cuts = sorted({0, *edges, len(text)})
    return [
        (match.group(), start + match.start())
        for start, end in pairwise(cuts)
        for match in re.finditer(_PIECE, text[start:end])
    ]


def _tags(words: list[tuple[str, int]], spans: list[dict[str, Any]]) -> list[str]:
    tags: list[str] = []
    before = None
    for _, position in words:
        span = next((span for span in spans if span["start"] <= position < span["end"]), None)
        tags.append("O" if span is None else f"{'I' if span is before else 'B'}-{span['label']}")
        before = span
    return tags


def _fault(text: str, span: Any) -> Fault | None:
    if not isinstance(span, dict) or not {"start", "end", "label"} <= set(span):
        return f"a span must have start, end and label. Got {GOT}.", shown(span)
    start, end, label = span["start"], span["end"], span["label"]
    if not isinstance(label, str) or is_invisible(label):
        return f"a span's label must be text. Got {GOT}.", shown(label)
    is_whole = all(isinstance(edge, int) and not isinstance(edge, bool) for edge in (start, end))
    if not is_whole or not 0 <= start < end <= len(text):
        return (
            f"a span must lie within its text, start before end. Got {GOT}.",
            f"{start!r}-{end!r} of {len(text)} characters",
        )
    if is_invisible(text[start:end]):
        return f"a span must hold a word. Got {GOT}.", f"{start}-{end}, of which nothing can be seen"
    if isinstance(span.get("text"), str) and span["text"] != text[start:end]:
        return (
            f"a span's text must be what it marks. Got {GOT}.",
            f"{shown(span['text'])} at {start}-{end}, {shown(text[start:end])}",
        )
    return None
