"""Raw text to words with character offsets, split as the base itself splits."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

from tokenizers import PreTokenizedString, pre_tokenizers
from transformers import PreTrainedTokenizerBase

WordSpan: TypeAlias = tuple[int, int]

_UNSPACED = re.compile(r"\S+")
# Zero-width joiners: they hold one written sign together.
_JOINERS = "\u200c\u200d"


def word_spans(tokenizer: PreTrainedTokenizerBase, text: str) -> list[WordSpan]:
    """(start, end) of each word in characters of `text`, in order, without white space.

    The base's own normaliser and pre-tokenizer decide, so that Chinese characters stand alone where the base reads
    them so. Two things are mended: a combining mark stays with its letter, and where the pre-tokenizer splits at white
    space only (SentencePiece), punctuation at the ends of a word becomes words of its own, as in annotated corpora.
    """
    backend = tokenizer.backend_tokenizer
    splitter = backend.pre_tokenizer or pre_tokenizers.BertPreTokenizer()
    is_coarse = len(splitter.pre_tokenize_str("a.")) == 1
    pieces = PreTokenizedString(text)
    if backend.normalizer is not None:
        pieces.normalize(backend.normalizer.normalize)
    splitter.pre_tokenize(pieces)
    spans: list[WordSpan] = []
    for _, (start, end), *_ in pieces.get_splits("original", "char"):
        for match in _UNSPACED.finditer(text, start, end):
            found = _without_edges(text, *match.span()) if is_coarse else [match.span()]
            for span in found:
                _add(spans, span, text)
    return spans


def _add(spans: list[WordSpan], span: WordSpan, text: str) -> None:
    start, end = span
    if spans and start < spans[-1][1]:
        start = spans[-1][1]  # one character that the normaliser turned into several pieces belongs to the first
    if start >= end:
        return
    first = text[start]
    goes_on = unicodedata.category(first).startswith("M") or first in _JOINERS
    if goes_on and spans and spans[-1][1] == start:
        spans[-1] = (spans[-1][0], end)
    else:
        spans.append((start, end))


def _without_edges(text: str, start: int, end: int) -> list[WordSpan]:
    """A piece as its leading marks, its core and its trailing marks, each mark a word."""
    left, right = start, end
    while left < end and _is_mark(text[left]):
        left += 1
    while right > left and _is_mark(text[right - 1]):
        right -= 1
    core = [(left, right)] if left < right else []
    return [*((i, i + 1) for i in range(start, left)), *core, *((i, i + 1) for i in range(right, end))]


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("P")
