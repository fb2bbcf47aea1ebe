"""How long one prediction takes and how many rows a second go through, measured within a few seconds.

A time says under which conditions it was taken: what was inside it, how many calls, how busy others kept the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tunecard.counted import each
from tunecard.evidence import Finding, measured, not_measured
from tunecard.measurement.processor_time import OthersMeter

WARM_UP_ROWS = 3
LEAST_ROWS, MOST_ROWS = 10, 50  # under ten calls one slow one can be the median
BUDGET_SECONDS = 5.0
LATENCY, THROUGHPUT, OTHERS = "prediction.latency_ms", "prediction.rows_per_second", "prediction.others_share"


def measure_prediction(  # noqa: PLR0913 - what is timed, how long, and the two clocks
    predict: Callable[[list[Any]], Any],
    inputs: Sequence[Any],
    *,
    batch: int,
    timed: str,
    budget_seconds: float = BUDGET_SECONDS,
    timer: Callable[[], float] = time.perf_counter,
    others: Callable[[], OthersMeter] = OthersMeter,
) -> list[Finding]:
    """`prediction.latency_ms` (median, range from the 5th to the 95th percentile), `prediction.rows_per_second` and
    `prediction.others_share`, which says how busy others kept the processor meanwhile.

    Args:
        predict: takes a list of rows to logits; its answer is thrown away.
        inputs: rows, or what stands for them, taken in order.
        batch: rows a call for the throughput.
        timed: what a call of `predict` does from where to where, tokenisation in or out.
        budget_seconds: half is spent on single rows, half on batches; at least ten single rows are timed, as far as
            there are any, and one batch.
        timer: seconds, monotonic.
        others: a meter of what others use, begun when it is made.
    """
    if not inputs:
        reason = "no row to predict: give data with --data and run `tunecard evaluate` again"
        return [not_measured(id, reason=reason) for id in (LATENCY, THROUGHPUT, OTHERS)]
    for row in inputs[:WARM_UP_ROWS]:  # first calls pay for memory and kernels
        predict([row])
    singles = [[row] for row in inputs[:MOST_ROWS]]
    batches = [list(inputs[start : start + batch]) for start in range(0, len(inputs), batch)]
    load = others()
    row_seconds = _time_calls(predict, singles, budget_seconds / 2, timer, LEAST_ROWS)
    batch_seconds = _time_calls(predict, batches, budget_seconds / 2, timer, 1)
    share = load.share()
    rows = sum(len(rows) for rows in batches[: len(batch_seconds)])
    return [
        _latency_finding(row_seconds, timed),
        _throughput_finding(rows, sum(batch_seconds), batch, timed),
        _others_finding(share),
    ]


def _time_calls(
    predict: Callable[[list[Any]], Any],
    calls: Sequence[list[Any]],
    budget_seconds: float,
    timer: Callable[[], float],
    least: int,
) -> list[float]:
    """Seconds of each call, until the calls end, or the budget does and `least` of them were made."""
    seconds: list[float] = []
    for rows in each(calls, "Timing predictions", "calls"):
        before = timer()
        predict(rows)
        seconds.append(timer() - before)
        if sum(seconds) >= budget_seconds and len(seconds) >= least:
            break
    return seconds


def _latency_finding(row_seconds: list[float], timed: str) -> Finding:
    milliseconds = np.asarray(row_seconds) * 1e3
    low, high = (float(value) for value in np.percentile(milliseconds, [5, 95]))
    how = f"median of one row a call, with the 5th and 95th percentile, after {WARM_UP_ROWS} rows that were not timed"
    return measured(
        LATENCY,
        float(np.median(milliseconds)),
        n=len(row_seconds),
        interval=(low, high) if len(row_seconds) > 1 else None,
        method=f"{how}; {timed}",
    )


def _throughput_finding(rows: int, seconds: float, batch: int, timed: str) -> Finding:
    if seconds <= 0:
        reason = f"{rows} rows took no measurable time"
        return not_measured(THROUGHPUT, reason=reason)
    method = f"{rows} rows in batches of {batch}, in the order of the data; {timed}"
    return measured(THROUGHPUT, rows / seconds, n=rows, method=method)


def _others_finding(share: float | None) -> Finding:
    if share is None:
        return not_measured(OTHERS, reason="the timing took no measurable time")
    how = (
        "busy time of the threads that this process may use, less its own and its children's, over threads x wall time"
    )
    return measured(OTHERS, share, method=f"{how}; from the first timed call to the last")
