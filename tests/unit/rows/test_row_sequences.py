"""Rows of several sequences: what is of rows stays of rows, and lines find back to theirs."""

from __future__ import annotations

import numpy as np

from tunecard.rows.encoded import EncodedSplit, rows_in_order

TWO_ROWS = EncodedSplit(
    input_ids=[[1, 5, 2, 1, 6, 7, 2], [1, 8, 2]],
    type_ids=[[0, 0, 1, 0, 0, 1, 1], [0, 1, 1]],
    label_ids=[1, 0],
    is_truncated=[True, False],
    lost_words=[0, 0],
    pieces=[[3, 4], [3]],
)


def test_each_sequence_is_a_line_with_its_own_ids() -> None:
    lines = TWO_ROWS.sequences.split
    assert lines.input_ids == [[1, 5, 2], [1, 6, 7, 2], [1, 8, 2]]
    assert lines.type_ids == [[0, 0, 1], [0, 0, 1, 1], [0, 1, 1]]
    assert lines.label_ids is None and lines.is_truncated == [True, True, False]
    assert (len(TWO_ROWS), TWO_ROWS.lengths, TWO_ROWS.widths) == (2, [7, 3], [4, 3])
    assert TWO_ROWS.sequences.of([1, 0]) == [2, 0, 1]


def test_rows_are_picked_taken_and_joined_with_their_sequences() -> None:
    assert TWO_ROWS.pick([1, 0]).pieces == [[3], [3, 4]]
    assert TWO_ROWS.take(1).sequences.of([0]) == [0, 1]
    assert rows_in_order([TWO_ROWS, TWO_ROWS.take(1)]).pieces == [[3, 4], [3], [3, 4]]
    plain = EncodedSplit([[1, 2]], [[0, 0]], [0], [False], lost_words=[0])
    assert plain.joined(TWO_ROWS).pieces == [[2], [3, 4], [3]]
    assert plain.joined(plain).pieces is None


def test_a_row_of_one_sequence_is_its_own_line() -> None:
    plain = EncodedSplit([[1, 2], [3]], None, [0, 1], [False, False], lost_words=[0, 0])
    assert plain.sequences.split is plain and plain.sequences.of([1, 0]) == [1, 0]
    values = [np.array([1.0]), np.array([2.0])]
    assert plain.sequences.by_row(values) is values


def test_what_a_model_gives_finds_back_to_rows() -> None:
    sequences = TWO_ROWS.sequences
    of_sequences = sequences.by_row([np.array([float(n), n]) for n in range(3)])
    assert [row.tolist() for row in of_sequences] == [[[0, 0], [1, 1]], [[2, 2]]]
    of_tokens = sequences.by_row([np.full((length, 2), length) for length in (3, 4, 3)])
    assert [len(row) for row in of_tokens] == TWO_ROWS.lengths
    assert of_tokens[0][:, 0].tolist() == [3, 3, 3, 4, 4, 4, 4]
