"""What the columns of a CoNLL file hold in its first sentences: counters, constants, numbers, tags, phrases."""

from __future__ import annotations

import re

TAG = re.compile(r"(O|[BIESLUMW](-\S+)?)$")
# Types of the phrases of a sentence, which CoNLL-2000 and CoNLL-2003 have in a column before that of entities.
_PHRASES = {"NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"}
_WHOLE = re.compile(r"\d+$")
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?$")
RANGE = re.compile(r"\d+[-.]\d+$")  # of CoNLL-U: words written as one, and words that are not written
MOST = 0.9
_NEARLY_ALL = 0.97
_SENTENCES = 3  # that must agree before a column is called constant

Rows = list[list[str]]


class Columns:
    """The values of the first sentences by column."""

    def __init__(self, sentences: list[Rows], width: int) -> None:
        self.sentences = [[row for row in sentence if len(row) == width] for sentence in sentences]
        self._rows = [row for sentence in sentences for row in sentence]
        places = range(width)
        self.counters = tuple(place for place in places if self._counts(place))
        for place in self.counters[:1]:
            self.sentences = [[row for row in rows if not RANGE.match(row[place])] for rows in self.sentences]
        self.constants = tuple(place for place in places if place not in self.counters and self._is_constant(place))

    def values(self, place: int) -> list[str]:
        return [row[place] for sentence in self.sentences for row in sentence]

    def share(self, place: int, pattern: re.Pattern[str]) -> float:
        values = self.values(place)
        return sum(bool(pattern.match(value)) for value in values) / len(values) if values else 0.0

    def tags_at(self, place: int) -> bool:
        if place < 0:  # the last field of each line, however many it has
            return sum(bool(TAG.match(row[-1])) for row in self._rows) >= MOST * len(self._rows) > 0
        return self.share(place, TAG) >= _NEARLY_ALL

    def has_types(self, place: int) -> bool:
        return any(value != "O" and TAG.match(value) for value in self.values(place))

    def is_phrases(self, place: int) -> bool:
        types = {value[2:] for value in self.values(place)} - {""}
        return bool(types) and types <= _PHRASES

    def is_empty(self, place: int) -> bool:
        return not any(self.values(place))

    def is_numbers(self, place: int) -> bool:
        return self.share(place, NUMBER) >= _NEARLY_ALL

    def _counts(self, place: int) -> bool:
        """Whether a column counts the words of each sentence, or of the file."""
        columns = [[row[place] for row in sentence if not RANGE.match(row[place])] for sentence in self.sentences]
        if max(map(len, columns), default=0) < 2:
            return False
        if not all(_WHOLE.match(value) and len(value) < 10 for column in columns for value in column):
            return False
        each = [[int(value) for value in column] for column in columns if column]
        steps = [[number - column[0] for number in column] == list(range(len(column))) for column in each]
        return sum(steps) >= MOST * len(steps)

    def _is_constant(self, place: int) -> bool:
        several = [{row[place] for row in sentence} for sentence in self.sentences if len(sentence) > 1]
        return len(several) >= _SENTENCES and all(len(values) == 1 for values in several) and not self.tags_at(place)
