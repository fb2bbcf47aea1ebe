"""Rows are dealt once each, and no rank has much more to do than another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tunecard.ranks.sharing import share_out

Costs = st.lists(st.integers(0, 512), max_size=64)


@given(Costs, st.integers(1, 8))
def test_every_item_is_dealt_once_and_in_order(costs: list[int], count: int) -> None:
    shares = share_out(costs, count)
    assert len(shares) == count
    assert sorted(item for share in shares for item in share) == list(range(len(costs)))
    assert all(share == sorted(share) for share in shares)


@given(Costs, st.integers(1, 8))
def test_no_rank_has_more_than_the_least_and_one_item(costs: list[int], count: int) -> None:
    """What Graham's rule promises: else the last item of the fullest rank would lie elsewhere."""
    loads = [sum(costs[item] for item in share) for share in share_out(costs, count)]
    assert max(loads) - min(loads) <= max(costs, default=0)


def test_two_ranks_have_nearly_as_many_tokens() -> None:
    costs = [118, 7, 9, 31, 64, 12, 80, 15, 5, 22, 41, 6, 19, 27, 90, 11]
    loads = [sum(costs[item] for item in share) for share in share_out(costs, 2)]
    assert sum(loads) == sum(costs)
    assert abs(loads[0] - loads[1]) <= 0.02 * sum(costs)  # in halves as they come: 336 and 221
