"""Shards of like length: every row once, little padding, and the gradient of the whole batch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tunecard.training.shards import LEAST_FILL, LEAST_TOKENS, split_by_length

lengths_of_rows = st.lists(st.integers(1, 512), min_size=1, max_size=64)


@given(lengths_of_rows)
def test_every_row_is_in_one_shard(lengths: list[int]) -> None:
    shards = split_by_length(range(len(lengths)), lengths)
    assert sorted(row for shard in shards for row in shard) == list(range(len(lengths)))


@given(lengths_of_rows)
def test_only_small_shards_hold_short_rows(lengths: list[int]) -> None:
    for shard in split_by_length(range(len(lengths)), lengths):
        longest = lengths[shard[0]]
        for place, row in enumerate(shard):
            assert lengths[row] >= LEAST_FILL * longest or longest * place < LEAST_TOKENS


def test_rows_of_one_length_stay_together() -> None:
    assert split_by_length([3, 1, 2], [9, 40, 40, 40]) == [[3, 1, 2]]
