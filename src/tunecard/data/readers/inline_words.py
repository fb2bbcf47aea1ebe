"""Words whose tags have a form of their own: a sentence a line (`word|POS|tag word|POS|tag`), or NER= in CoNLL-U."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tunecard.data.readers.conll_columns import MOST, TAG

Split = Callable[[str], list[str]]
MARK = "|"
_LEAST = 2  # words of a line on average
_NER = re.compile(r"(?:^|\|)ner=([^|]*)", re.IGNORECASE)
NER_TOLD = "its tags are those of NER="


def are_inline(lines: Sequence[str]) -> bool:
    """Whether lines are sentences of words that each carry their tag.

    >>> are_inline(["Ana|NN|B-PER ran|VB|O", "no|UH|O one|NN|O"]), are_inline(["a | b", "Ana|NN ran|VB"])
    (True, False)
    """
    words = [word.split(MARK) for line in lines for word in line.split()]
    width, count = Counter(map(len, words)).most_common(1)[0] if words else (1, 0)
    if width == 1 or count < MOST * len(words) or len(words) < _LEAST * len(lines):
        return False
    tags = [fields[-1] for fields in words if len(fields) == width]
    return all(map(TAG.match, tags)) and set(tags) != {"O"}


def fields_of(line: str) -> list[list[str]]:
    """The words of a line, each as its fields."""
    return [word.split(MARK) for word in line.split()]


def one_a_line(lines: Iterable[str]) -> list[str]:
    """The same as a CoNLL file has it: a word a line, a blank line after a sentence."""
    return [written for line in lines for written in [*map("\t".join, fields_of(line)), ""]]


def ner_place(rows: Sequence[Sequence[str]]) -> int | None:
    """The place of the column whose values hold NER=, in some of the first words; None without one."""
    width = len(rows[0]) if rows else 0
    return next((place for place in range(width) if any(_NER.search(row[place]) for row in rows)), None)


def with_ner(split: Split, place: int) -> Split:
    """A split whose column at a place is the tag that stands there as NER=; O where none does."""

    def fields(line: str) -> list[str]:
        found = split(line)
        if len(found) > place:
            tag = _NER.search(found[place])
            found[place] = tag[1] if tag else "O"
        return found

    return fields
