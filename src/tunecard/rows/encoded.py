"""Rows as token ids: the one shape that tasks, training and inference share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

IGNORED = -100


@dataclass(frozen=True)
class EncodedSplit:
    """A split in the model's own terms.

    Attributes:
        input_ids: (N,) lists of token ids, special tokens included.
        type_ids: (N,) lists of segment ids where the model takes them, else None.
        label_ids: (N,) class ids or floats, or lists of K numbers where a row has several labels; of tokens lists of
            ids as long as input_ids with IGNORED where nothing is asked; None if unlabelled.
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

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def lengths(self) -> list[int]:
        """(N,) tokens a row."""
        return [len(ids) for ids in self.input_ids]

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
        return EncodedSplit(
            input_ids=[*self.input_ids, *other.input_ids],
            type_ids=types,
            label_ids=None,
            is_truncated=[*self.is_truncated, *other.is_truncated],
            lost_words=[0] * (len(self) + len(other)),
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
        )


def rows_in_order(parts: Sequence[EncodedSplit]) -> EncodedSplit:
    """The rows of all parts, one part after the other; each part has what the first has."""
    if len(parts) == 1:
        return parts[0]

    def together(name: str) -> Any:
        several = [getattr(part, name) for part in parts]
        return None if several[0] is None else [row for values in several for row in values]

    return EncodedSplit(**{field.name: together(field.name) for field in fields(EncodedSplit)})
