"""Questions with their contexts to token ids: a long context in overlapping windows, each behind the whole question.

As the usual script: only the context is cut, and neighbouring windows share `STRIDE` tokens of it. The rule for what
the script leaves open: where a window has less than twice as much room for context, they share half of that room; a
question that would leave its context less than half of a window is itself cut there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from tunecard.rows.encoded import SPANNED, EncodedSplit

if TYPE_CHECKING:
    from tokenizers import Encoding
    from transformers import PreTrainedTokenizerBase

STRIDE = 128
CONTEXT = 1  # the second of the two texts


@dataclass(frozen=True)
class Target:
    """The characters of the context that are asked for; none where it has no answer."""

    start: int
    end: int


def encode_questions(
    tokenizer: PreTrainedTokenizerBase,
    inputs: Mapping[str, list[Any]],
    targets: Sequence[Target] | None,
    max_length: int,
) -> EncodedSplit:
    """Rows of one or several windows each, end to end.

    Args:
        inputs: `text`, the questions, and `text_pair`, the contexts; N each.
        targets: (N,) what is to be learned; None for rows without a label.
        max_length: tokens of a window, special tokens included.
    """
    questions, is_cut, strides = _questions_and_strides(tokenizer, inputs["text"], max_length)
    windows: list[list[Encoding]] = [[] for _ in questions]
    has_types = False
    order = sorted(range(len(questions)), key=strides.__getitem__)
    for stride, group in groupby(order, key=strides.__getitem__):
        rows = list(group)
        encoded = tokenizer(
            [questions[row] for row in rows],
            [inputs[SPANNED][row] for row in rows],
            truncation="only_second",
            max_length=max_length,
            stride=stride,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        has_types = "token_type_ids" in encoded
        for window, place in zip(encoded.encodings or [], encoded["overflow_to_sample_mapping"], strict=True):
            windows[rows[place]].append(window)
    return EncodedSplit(
        input_ids=[[id for window in row for id in window.ids] for row in windows],
        # Stock PEFT (0.21.2) drops segment ids for this kind of head: only without any does what is trained here give
        # the same there, and what was trained there the same here.
        type_ids=[[0] * sum(len(window.ids) for window in row) for row in windows] if has_types else None,
        label_ids=None if targets is None else [_labels(*pair) for pair in zip(windows, targets, strict=True)],
        is_truncated=is_cut,
        lost_words=[0] * len(windows),
        pieces=[[len(window.ids) for window in row] for row in windows],
        spans=[np.concatenate([_spans(window) for window in row]).reshape(-1).tolist() for row in windows],
        texts=list(inputs[SPANNED]),
    )


def _questions_and_strides(
    tokenizer: PreTrainedTokenizerBase, questions: Sequence[str], max_length: int
) -> tuple[list[str], list[bool], list[int]]:
    """Questions that leave room, whether each was cut for it, and the tokens that its windows share."""
    room = max_length - tokenizer.num_special_tokens_to_add(pair=True)
    encoded = tokenizer(list(questions), add_special_tokens=False, verbose=False).encodings or []
    lengths = [len(one.ids) for one in encoded]
    is_cut = [length > room - room // 2 for length in lengths]
    kept = [
        question[: one.offsets[room - room // 2 - 1][1]] if cut else question
        for question, one, cut in zip(questions, encoded, is_cut, strict=True)
    ]
    left = [room - min(length, room - room // 2) for length in lengths]
    return kept, is_cut, [min(STRIDE, one // 2) for one in left]


def _spans(window: Encoding) -> np.ndarray:
    """(T, 2) the characters of each token in the context; (-1, -1) for all others."""
    offsets = np.array(window.offsets, dtype=np.int64).reshape(-1, 2)
    parts = np.array([-1 if part is None else part for part in window.sequence_ids])
    offsets[parts != CONTEXT] = -1
    return offsets


def _labels(windows: Sequence[Encoding], target: Target) -> list[list[int]]:
    """The first and last token of the answer in each window; one that does not lie in it whole is its first token."""
    return [list(_places(_spans(window), target) or (0, 0)) for window in windows]


def _places(spans: np.ndarray, target: Target) -> tuple[int, int] | None:
    """The tokens that hold the first and the last character of the answer."""
    inside = np.flatnonzero(spans[:, 0] >= 0)
    if target.end <= target.start or len(inside) == 0:
        return None
    starts, ends = spans[inside, 0], spans[inside, 1]
    if starts[0] > target.start or ends[-1] < target.end:
        return None
    first = int(np.searchsorted(starts, target.start, side="right")) - 1
    last = int(np.searchsorted(ends, target.end, side="left"))
    return (int(inside[first]), int(inside[last])) if first <= last else None
