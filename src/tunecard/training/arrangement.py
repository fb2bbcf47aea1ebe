"""Logits as an objective sees them: as they come, or the sequences of rows side by side, or the tokens of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tunecard.encoders import to_device
from tunecard.rows.encoded import EncodedSplit

LABELS, ROWS, TOKENS = "labels", "rows", "tokens"


@dataclass(frozen=True)
class Arrangement:
    """Where the lines of a pass's logits lie when rows are seen whole.

    Attributes:
        lines: (M,) which lines of the logits, (..., K) flattened to (lines, K), are read.
        places: (M,) where each of them lies in (A * B, K).
        shape: (A, B): rows and the most sequences of one, or sequences and the most tokens of one.
    """

    lines: Tensor
    places: Tensor
    shape: tuple[int, int]

    def __call__(self, logits: Tensor) -> Tensor:
        """(A, B, K); -inf where a row has fewer sequences, or a sequence fewer tokens, than the longest."""
        flat = logits.reshape(-1, logits.shape[-1])
        read = flat.index_select(0, to_device(self.lines, flat.device))
        empty = flat.new_full((self.shape[0] * self.shape[1], flat.shape[1]), -inf)
        return empty.index_copy(0, to_device(self.places, flat.device), read).view(*self.shape, -1)


def arrange(split: EncodedSplit, rows: Sequence[int], sees: str, firsts: Sequence[int]) -> Arrangement | None:
    """How logits of rows are brought before an objective.

    Args:
        split: that the rows are of.
        rows: positions in it.
        sees: of the objective; nothing is rearranged where it sees "labels".
        firsts: (S,) for each sequence of the rows, row by row, the first line that the model gives of it.
    """
    if sees == LABELS:
        return None
    sequences = split.sequences
    if sees == ROWS:
        counts = [sequences.count(row) for row in rows]
        return Arrangement(torch.tensor(list(firsts)), _places(counts), (len(counts), max(counts)))
    lengths = [len(sequences.split.input_ids[one]) for one in sequences.of(rows)]
    lines = torch.cat([torch.arange(first, first + size) for first, size in zip(firsts, lengths, strict=True)])
    return Arrangement(lines, _places(lengths), (len(lengths), max(lengths)))


def _places(counts: Sequence[int]) -> Tensor:
    """Places of the lines of groups with so many members, each group as wide as the largest."""
    widest = max(counts)
    return torch.cat([torch.arange(number * widest, number * widest + count) for number, count in enumerate(counts)])


def whole_labels(split: EncodedSplit, rows: Sequence[int], sees: str) -> Tensor:
    """Labels of rows that are seen whole: (R,) or (R, ...) of "rows", (S,) or (S, ...) of "tokens"; of "labels" those
    of the first row: () of a text, (T,) of tokens."""
    if split.label_ids is None:
        return torch.tensor([])
    if sees == LABELS:
        return torch.tensor(split.label_ids[rows[0]])
    labels: list[Any] = [split.label_ids[row] for row in rows]
    return torch.tensor(labels if sees == ROWS else [one for several in labels for one in several])


def logits_of_rows(split: EncodedSplit, rows: Sequence[int], sees: str, logits: Sequence[np.ndarray]) -> Tensor:
    """Predicted logits of rows as the objective sees them; of one row as they are, where it sees labels.

    Args:
        logits: of these rows, as `predict_logits` gives them.
    """
    if sees == LABELS:
        return torch.from_numpy(logits[0])
    outputs = logits[0].shape[-1]
    lines = np.concatenate([one.reshape(-1, outputs) for one in logits])
    lengths = [len(split.sequences.split.input_ids[one]) for one in split.sequences.of(rows)]
    firsts = range(len(lines)) if sees == ROWS else np.cumsum([0, *lengths[:-1]]).tolist()
    arrangement = arrange(split, rows, sees, firsts)
    assert arrangement is not None
    return arrangement(torch.from_numpy(lines))
