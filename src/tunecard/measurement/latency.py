"""How long predictions take, one row and many rows a call, measured within a few seconds.

A time says under which conditions it was taken: what was inside it, how many calls, how busy others kept the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np

from tunecard.evidence import Finding, measured, not_measured
from tunecard.metrics.intervals import LEVEL
from tunecard.metrics.order_statistics import median_interval

SIZES = (1, 32)  # rows a call
WARM_UP_CALLS = 3
LEAST_CALLS, MOST_CALLS = 10, 50  # under ten calls one slow one can be the median
BUDGET_SECONDS = 2.5  # for the calls of one size
PATIENCE = 4  # times the budget, for the least calls
SPEED, LATENCY, THROUGHPUT, OTHERS = (
    "prediction.speed",
    "prediction.latency_ms",
    "prediction.rows_per_second",
    "prediction.others_share",
)


@dataclass(frozen=True)
class Calls:
    """Timed calls, of equally many rows each.

    Attributes:
        rows: of one call.
        seconds: of each call.
        tokens: of the rows of all of them, special tokens included.
    """

    rows: int
    seconds: Sequence[float]
    tokens: int


def time_calls(
    predict: Callable[[list[Any]], Any],
    inputs: Sequence[Any],
    lengths: Sequence[int],
    rows: int,
    timer: Callable[[], float] = time.perf_counter,
) -> Calls:
    """Calls of so many rows, taken in order, and again from the first where they are fewer; warmed up before.

    Args:
        predict: its answer is thrown away.
        inputs: at least one row.
        lengths: (N,) tokens of each.
        timer: seconds, monotonic.
    """
    places = cycle(range(len(inputs)))
    for _ in range(WARM_UP_CALLS if rows == 1 else 1):  # first calls pay for memory and kernels
        predict([inputs[place] for place in islice(cycle(range(len(inputs))), rows)])
    seconds: list[float] = []
    tokens = 0
    while len(seconds) < MOST_CALLS and not _is_over(seconds):
        taken = list(islice(places, rows))
        asked = [inputs[place] for place in taken]
        before = timer()
        predict(asked)
        seconds.append(timer() - before)
        tokens += sum(lengths[place] for place in taken)
    return Calls(rows, seconds, tokens)


def _is_over(seconds: Sequence[float]) -> bool:
    spent = sum(seconds)
    return spent >= BUDGET_SECONDS and (len(seconds) >= LEAST_CALLS or spent >= PATIENCE * BUDGET_SECONDS)


def speed_findings(several: Sequence[Calls], others: float | None, how: str) -> list[Finding]:
    """`prediction.speed`, and of it `.latency_ms` (one row) and `.rows_per_second` (most rows); `.others_share`.

    Args:
        several: by rows a call, one row first.
        others: share of the processor that others used meanwhile; None where no time passed.
        how: what was timed, and where.
    """
    if any(min(calls.seconds) <= 0 for calls in several):
        ids = (SPEED, LATENCY, THROUGHPUT, OTHERS)
        return [not_measured(id, reason="a call took no measurable time") for id in ids]
    records = [_record(calls) for calls in several]
    first, last = several[0], records[-1]
    low, high = (float(end) * 1e3 for end in np.percentile(first.seconds, [5, 95]))
    warm = f"after {WARM_UP_CALLS} calls that were not timed"
    return [
        measured(
            SPEED,
            records,
            n=sum(len(calls.seconds) for calls in several),
            method=f"{how}; {warm}; the median's {LEVEL:.0%} interval is of order statistics (exact, by the binomial "
            "distribution), rows a second are those of the median call with its interval, tokens a second those times "
            "the mean tokens a row, special tokens included; n = calls",
        ),
        measured(
            LATENCY,
            records[0]["median_ms"],
            n=len(first.seconds),
            interval=(low, high) if len(first.seconds) > 1 else None,
            method=f"median of one row a call, with the 5th and 95th percentile, {warm}; {how}",
        ),
        measured(
            THROUGHPUT,
            last["rows_per_second"],
            n=several[-1].rows * len(several[-1].seconds),
            method=f"by the median of calls of {several[-1].rows} rows, in the order of the data; {how}",
        ),
        _others_finding(others),
    ]


def _record(calls: Calls) -> dict[str, Any]:
    milliseconds = np.asarray(calls.seconds) * 1e3
    median, interval = float(np.median(milliseconds)), median_interval(milliseconds.tolist())
    rate, tokens = 1e3 * calls.rows / median, calls.tokens / (calls.rows * len(calls.seconds))
    return {
        "rows": calls.rows,
        "calls": len(calls.seconds),
        "median_ms": median,
        "median_interval": None if interval is None else list(interval),
        "percentile_95_ms": float(np.percentile(milliseconds, 95)),
        "rows_per_second": rate,
        "rows_per_second_interval": None if interval is None else [1e3 * calls.rows / end for end in interval[::-1]],
        "tokens_a_row": tokens,
        "tokens_per_second": tokens * rate,
    }


def _others_finding(share: float | None) -> Finding:
    if share is None:
        return not_measured(OTHERS, reason="the timing took no measurable time")
    how = (
        "busy time of the threads that this process may use, less its own and its children's, over threads x wall time"
    )
    return measured(OTHERS, share, method=f"{how}; from the first timed call to the last")
