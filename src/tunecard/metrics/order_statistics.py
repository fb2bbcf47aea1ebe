"""How sure a median is, whatever the values are drawn from: two of the values themselves are the ends."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.metrics.intervals import LEVEL, Interval


def median_interval(values: Sequence[float], *, level: float = LEVEL) -> Interval | None:
    """The narrowest pair of values, as far from either end, between which the median lies with at least this chance.

    Source: Conover 1999, "Practical Nonparametric Statistics", 3.2; `scipy.stats.quantile_test`.

    Returns: None of under six values (at 95 %): not even the least and the greatest would do.

    >>> median_interval([3.0, 1.0, 2.0, 6.0, 5.0, 4.0])
    (1.0, 6.0)
    """
    from scipy.stats import binom  # which takes half a second, and whoever only times calls has no use for it

    ordered = sorted(values)
    below = int(binom.ppf((1 - level) / 2, len(ordered), 0.5))  # the least number with more than this chance below it
    if below == 0:
        return None
    return ordered[below - 1], ordered[len(ordered) - below]
