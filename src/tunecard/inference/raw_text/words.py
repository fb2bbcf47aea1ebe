"""Raw text to words with character offsets: the base's own pre-tokenizer, mended to the words of annotated corpora.

Training asks one tag of each word, at its first piece. Where the pre-tokenizer cuts a word that corpora hold whole
(IL-2 into IL, - and 2), the later pieces were never asked, and what they say is noise. On 400 sentences of GENIA, read
as raw text, entity F1 was 0.61 without the mending below, 0.67 with it, and 0.68 on the words as annotated.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

from tokenizers import PreTokenizedString, pre_tokenizers
from transformers import PreTrainedTokenizerBase

WordSpan: TypeAlias = tuple[int, int]

_UNSPACED = re.compile(r"\S+")
_FINE = re.compile(r"\w+|[^\w\s]")
# Marks that corpora keep inside a word: hyphens and slashes, the point and comma of 3.5 and 1,000, the points of U.S,
# the apostrophe of O'Neill; that of a genitive stands apart, as in "Berlin 's".
_WHOLE = re.compile(
    r"\w+(?:(?:[-/\u2010\u2011]|(?<=\d)[.,](?=\d)|(?<=\b\w)\.(?=\w\b)|['\u2019](?=\w\w))\w+)*",
)
# Zero-width joiners: they hold one written sign together.
_JOINERS = "\u200c\u200d"


def word_spans(tokenizer: PreTrainedTokenizerBase, text: str) -> list[WordSpan]:
    """(start, end) of each word in characters of `text`, in order, without white space.

    The base's own normaliser and pre-tokenizer split, so that Chinese characters stand alone where the base reads them
    so; one that splits at white space only (SentencePiece) is refined to letters and marks. Then pieces of one word
    are joined: inner hyphens and the like, letters with digits, a combining mark with its letter.
    """
    whole = bytearray(len(text))  # 1 where a border would cut a word that corpora hold whole
    for match in _WHOLE.finditer(text):
        whole[match.start() + 1 : match.end()] = b"\1" * (match.end() - match.start() - 1)
    spans: list[WordSpan] = []
    for start, end in _pieces(tokenizer, text):
        # A character that the normaliser turned into several pieces belongs to the first of them.
        begin = max(start, spans[-1][1]) if spans else start
        if begin >= end:
            continue
        if spans and spans[-1][1] == begin and _goes_on(text, begin, whole):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans


def _pieces(tokenizer: PreTrainedTokenizerBase, text: str) -> list[WordSpan]:
    backend = tokenizer.backend_tokenizer
    splitter = backend.pre_tokenizer or pre_tokenizers.BertPreTokenizer()
    is_coarse = len(splitter.pre_tokenize_str("a.")) == 1
    pieces = PreTokenizedString(text)
    if backend.normalizer is not None:
        pieces.normalize(backend.normalizer.normalize)
    splitter.pre_tokenize(pieces)
    pattern = _FINE if is_coarse else _UNSPACED
    return [
        match.span()
        for _, (start, end), *_ in pieces.get_splits("original", "char")
        for match in pattern.finditer(text, start, end)
    ]


def _goes_on(text: str, border: int, whole: bytearray) -> bool:
    """Whether the piece that begins at `border` belongs to the word before it."""
    before, after = text[border - 1], text[border]
    if unicodedata.category(after).startswith("M") or after in _JOINERS or before in _JOINERS:
        return True
    # Scripts without case (Chinese and others): a border inside a word is the base's own decision.
    return bool(whole[border]) and "Lo" not in (unicodedata.category(before), unicodedata.category(after))
