"""Character spans to tokens and tags, by a plain word splitter that also splits at every span's edges."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

# A word keeps its inner hyphens, apostrophes, points and commas (well-known, don't, 3.5); other marks stand alone.
_WORD = re.compile(r"\w+(?:[-'\u2019.,]\w+)*|[^\w\s]")

# A piece that a span's edge cut off may begin with a mark and go on as a word: "-led" stays one token.
_PIECE = re.compile(rf"(?:^[-'\u2019](?=\w))?(?:{_WORD.pattern})")


def tokens_of_spans(text: str, spans: Any) -> tuple[list[str], list[str] | None, list[str]]:
    """Words of a text and their IOB2 tags.

    Args:
        text: any text that is not empty.
        spans: list of {"start", "end", "label"} in characters, end exclusive; None for an unlabelled row.

    Returns: tokens, tags (None without spans) and one sentence for each fault.

    >>> tokens_of_spans("Ana of Acme-led group", [{"start": 7, "end": 11, "label": "ORG"}])
    (['Ana', 'of', 'Acme', '-led', 'group'], ['O', 'O', 'B-ORG', 'O', 'O'], [])
    """
    if spans is None:
        return [word for word, _ in _words(text, [])], None, []
    if not isinstance(spans, list):
        return [], [], [f"the spans must be a list. Got {spans!r}."]
    faults = [fault for span in spans if (fault := _fault(text, span))]
    if faults:
        return [], [], faults
    ordered = sorted(spans, key=lambda span: (span["start"], span["end"]))
    faults = [
        f"spans must not overlap. Got {a['label']} {a['start']}-{a['end']} and {b['label']} {b['start']}-{b['end']}."
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


def _fault(text: str, span: Any) -> str | None:
    if not isinstance(span, dict) or not {"start", "end", "label"} <= set(span):
        return f"a span must have start, end and label. Got {span!r}."
    start, end, label = span["start"], span["end"], span["label"]
    if not isinstance(label, str) or not label.strip():
        return f"a span's label must be text. Got {label!r}."
    is_whole = all(isinstance(edge, int) and not isinstance(edge, bool) for edge in (start, end))
    if not is_whole or not 0 <= start < end <= len(text):
        return f"a span must lie within the text's {len(text)} characters, start before end. Got {start!r}-{end!r}."
    if not text[start:end].strip():
        return f"a span must hold a word. Got {start}-{end}, which is white space."
    if isinstance(span.get("text"), str) and span["text"] != text[start:end]:
        return f"the span {start}-{end} is {text[start:end]!r}. Got {span['text']!r} as its text."
    return None
