"""How long one prediction takes and how many rows a second go through, measured within a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tunecard.evidence import Finding, measured, not_measured

WARM_UP_ROWS = 3
MOST_ROWS = 50
BUDGET_SECONDS = 5.0
TIMED = "wall time from token ids to logits, without tokenisation"
LATENCY, THROUGHPUT = "prediction.latency_ms", "prediction.rows_per_second"


def measure_prediction(
    predict: Callable[[list[Any]], Any],
    inputs: Sequence[Any],
    *,
    batch: int,
    budget_seconds: float = BUDGET_SECONDS,
    timer: Callable[[], float] = time.perf_counter,
) -> list[Finding]:
    """`prediction.latency_ms` (median, range from the 5th to the 95th percentile) and `prediction.rows_per_second`.

    Args:
        predict: takes a list of encoded rows to logits; its answer is thrown away.
        inputs: encoded rows, or what stands for them, taken in order.
        batch: rows a call for the throughput.
        budget_seconds: half is spent on single rows, half on batches; at least one call of each is made.
        timer: seconds, monotonic.
    """
    if not inputs:
        reason = "no row to predict: give data with --data and run `tunecard evaluate` again"
        return [not_measured(id, reason=reason) for id in (LATENCY, THROUGHPUT)]
    for row in inputs[:WARM_UP_ROWS]:  # first calls pay for memory and kernels
        predict([row])
    singles = [[row] for row in inputs[:MOST_ROWS]]
    batches = [list(inputs[start : start + batch]) for start in range(0, len(inputs), batch)]
    row_seconds = _time_calls(predict, singles, budget_seconds / 2, timer)
    batch_seconds = _time_calls(predict, batches, budget_seconds / 2, timer)
    rows = sum(len(rows) for rows in batches[: len(batch_seconds)])
    return [_latency_finding(row_seconds), _throughput_finding(rows, sum(batch_seconds), batch)]


def _time_calls(
    predict: Callable[[list[Any]], Any], calls: Sequence[list[Any]], budget_seconds: float, timer: Callable[[], float]
) -> list[float]:
    """Seconds of each call, until the calls or the budget end."""
    seconds: list[float] = []
    for rows in calls:
        before = timer()
        predict(rows)
        seconds.append(timer() - before)
        if sum(seconds) >= budget_seconds:
            break
    return seconds


def _latency_finding(row_seconds: list[float]) -> Finding:
    milliseconds = np.asarray(row_seconds) * 1e3
    low, high = (float(value) for value in np.percentile(milliseconds, [5, 95]))
    return measured(
        LATENCY,
        float(np.median(milliseconds)),
        n=len(row_seconds),
        interval=(low, high) if len(row_seconds) > 1 else None,
        method=f"median of one row a call, with the 5th and 95th percentile, after {WARM_UP_ROWS} warm-up rows; "
        + TIMED,
    )


def _throughput_finding(rows: int, seconds: float, batch: int) -> Finding:
    if seconds <= 0:
        reason = f"{rows} rows took no measurable time"
        return not_measured(THROUGHPUT, reason=reason)
    method = f"{rows} rows in batches of {batch}, in the order of the data; {TIMED}"
    return measured(THROUGHPUT, rows / seconds, n=rows, method=method)
