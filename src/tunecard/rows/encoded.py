"""Rows as token ids: the one shape that tasks, training and inference share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

from tunecard.rows.sequences import Sequences

IGNORED = -100
SPANNED = "text_pair"  # the input that `spans` point into


@dataclass(frozen=True)
class EncodedSplit:
    """A split in the model's own terms.

    A row is what a data set calls one: it is drawn, decoded and scored whole. It is read as one sequence of tokens, or
    as several (the choices of a question, the windows of a long context, two texts to compare) that see nothing of each
    other: `input_ids` then holds them end to end and `pieces` tells how long each is. Whoever makes batches asks
    `sequences`; all else is of rows.

    Attributes:
        input_ids: (N,) lists of token ids, special tokens included; of all sequences of a row, end to end.
        type_ids: (N,) lists of segment ids where the model takes them, else None.
        label_ids: (N,) what the task's objective compares a row with; None if unlabelled. By what the objective sees
            (`training.objectives`): of "labels" a class id or a float, or a list of ids as long as input_ids with
            IGNORED where nothing is asked, or a list of K numbers where a row has several labels; of "rows" one value,
            or one list as long in every row; of "tokens" one entry a sequence (a
            list of P), each a number or a list as long in every entry, such as [start, end] in tokens from the
            beginning of that sequence.
        pieces: (N,) lists with the tokens of each of a row's sequences, P of them, one or more; None where every row is
            one sequence.
        spans: tasks whose answers are spans of a text: (N,) lists of 2 T characters, where each token of the row begins
            in that text and where it ends; -1 twice for a token of anything else.
        texts: (N,) the text that `spans` point into, the input SPANNED.
        word_starts: token tasks: (N,) position of each word's first token, -1 for a word that was cut off.
        lost_words: (N,) words cut off (token tasks), else 0.
        is_truncated: (N,) whether the row was longer than max_length.
    """

    input_ids: list[list[int]]
    type_ids: list[list[int]] | None
    label_ids: list[Any] | None
    is_truncated: list[bool]
    word_starts: list[list[int]] | None = None
    lost_words: list[int] = field(default_factory=list)
    pieces: list[list[int]] | None = None
    spans: list[list[int]] | None = None
    texts: list[str] | None = None

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def lengths(self) -> list[int]:
        """(N,) tokens a row, of all its sequences."""
        return [len(ids) for ids in self.input_ids]

    @property
    def widths(self) -> list[int]:
        """(N,) tokens of the longest sequence of each row."""
        return self.lengths if self.pieces is None else [max(pieces) for pieces in self.pieces]

    @cached_property
    def sequences(self) -> Sequences[EncodedSplit]:
        """The rows one sequence a line, as a model reads them."""
        return _sequences_of(self)

    @property
    def asks_tokens(self) -> bool:
        """Whether labels are of tokens, and not of whole rows."""
        return self.word_starts is not None

    def decisions(self, row: int) -> list[tuple[int, Any]]:
        """(position in the row, label) of each label that is asked for; 0 where it is of the whole row."""
        labels = (self.label_ids or [])[row]
        if not self.asks_tokens:
            return [(0, labels)]
        return [(position, label) for position, label in enumerate(labels) if label != IGNORED]

    def joined(self, other: EncodedSplit) -> EncodedSplit:
        """The rows of both, as texts without labels."""
        types = None if self.type_ids is None or other.type_ids is None else [*self.type_ids, *other.type_ids]
        several = None
        if self.pieces is not None or other.pieces is not None:
            several = [pieces for one in (self, other) for pieces in one.pieces or [[length] for length in one.lengths]]
        return EncodedSplit(
            input_ids=[*self.input_ids, *other.input_ids],
            type_ids=types,
            label_ids=None,
            is_truncated=[*self.is_truncated, *other.is_truncated],
            lost_words=[0] * (len(self) + len(other)),
            pieces=several,
        )

    def first_sequences(self) -> EncodedSplit:
        """The rows cut behind the first sequence of each; those that had several count as cut."""
        if self.pieces is None:
            return self
        ends = [pieces[0] for pieces in self.pieces]
        several = [len(pieces) > 1 for pieces in self.pieces]

        def cut(values: list[Any] | None, width: int = 1) -> list[Any] | None:
            return None if values is None else [row[: width * end] for row, end in zip(values, ends, strict=True)]

        return replace(
            self,
            input_ids=cut(self.input_ids) or [],
            type_ids=cut(self.type_ids),
            label_ids=None if self.label_ids is None else [labels[:1] for labels in self.label_ids],
            is_truncated=[one or other for one, other in zip(self.is_truncated, several, strict=True)],
            pieces=[[end] for end in ends],
            spans=cut(self.spans, 2),
        )

    def take(self, count: int) -> EncodedSplit:
        """The first `count` rows."""
        return self.pick(range(min(count, len(self))))

    def pick(self, rows: Sequence[int]) -> EncodedSplit:
        """The rows at these positions, in this order."""

        def chosen(values: list[Any] | None) -> list[Any] | None:
            return None if values is None else [values[row] for row in rows]

        return EncodedSplit(
            input_ids=[self.input_ids[row] for row in rows],
            type_ids=chosen(self.type_ids),
            label_ids=chosen(self.label_ids),
            is_truncated=[self.is_truncated[row] for row in rows],
            word_starts=chosen(self.word_starts),
            lost_words=[self.lost_words[row] for row in rows],
            pieces=chosen(self.pieces),
            spans=chosen(self.spans),
            texts=chosen(self.texts),
        )


def rows_in_order(parts: Sequence[EncodedSplit]) -> EncodedSplit:
    """The rows of all parts, one part after the other; each part has what the first has."""
    if len(parts) == 1:
        return parts[0]

    def together(name: str) -> Any:
        several = [getattr(part, name) for part in parts]
        return None if several[0] is None else [row for values in several for row in values]

    return EncodedSplit(**{field.name: together(field.name) for field in fields(EncodedSplit)})


def _sequences_of(encoded: EncodedSplit) -> Sequences[EncodedSplit]:
    if encoded.pieces is None:
        return Sequences(encoded)
    bounds = [(0, *accumulate(pieces)) for pieces in encoded.pieces]

    def cut(values: list[list[int]]) -> list[list[int]]:
        return [row[a:b] for row, ends in zip(values, bounds, strict=True) for a, b in pairwise(ends)]

    counts = [len(pieces) for pieces in encoded.pieces]
    whole = EncodedSplit(
        input_ids=cut(encoded.input_ids),
        type_ids=None if encoded.type_ids is None else cut(encoded.type_ids),
        label_ids=None,
        is_truncated=[cut for cut, count in zip(encoded.is_truncated, counts, strict=True) for _ in range(count)],
        lost_words=[0] * sum(counts),
    )
    return Sequences(whole, (0, *accumulate(counts)))
