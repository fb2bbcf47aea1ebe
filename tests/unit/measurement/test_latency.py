"""Latency and throughput with a clock that the test turns."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tunecard.measurement import latency
from tunecard.measurement.latency import Calls, speed_findings, time_calls


class Clock:
    """A predictor that takes a known time a call: 10 ms and 2 ms a row, on its own clock."""

    def __init__(self, call_seconds: float = 0.010, row_seconds: float = 0.002) -> None:
        self.now = 0.0
        self.calls: list[list[Any]] = []
        self.call_seconds, self.row_seconds = call_seconds, row_seconds

    def predict(self, rows: list[Any]) -> None:
        self.calls.append(rows)
        self.now += self.call_seconds + self.row_seconds * len(rows)

    def __call__(self) -> float:
        return self.now


def timed(clock: Clock, number: int, rows: int) -> Calls:
    return time_calls(clock.predict, list(range(number)), list(range(1, number + 1)), rows, clock)


def test_rows_are_taken_in_order_and_again_from_the_first() -> None:
    clock = Clock()
    calls = timed(clock, 3, 2)
    assert clock.calls[:4] == [[0, 1], [0, 1], [2, 0], [1, 2]]  # the first call warms up and is not counted
    assert len(calls.seconds) == latency.MOST_CALLS and calls.seconds[0] == pytest.approx(0.014)
    assert calls.tokens == 33 * (1 + 2 + 3) + 1  # of 100 rows


def test_figures_by_hand() -> None:
    clock = Clock()
    one, many = timed(clock, 100, 1), timed(clock, 100, 20)
    found = {finding.id.partition(".")[2]: finding for finding in speed_findings([one, many], 0.25, "from end to end")}
    first, last = found["speed"].value
    assert (first["rows"], first["calls"], last["rows"]) == (1, 50, 20)
    assert first["median_ms"] == pytest.approx(12.0) and last["median_ms"] == pytest.approx(50.0)
    assert last["rows_per_second"] == pytest.approx(400.0) and last["tokens_a_row"] == pytest.approx(50.5)
    assert last["tokens_per_second"] == pytest.approx(50.5 * 400)
    assert found["latency_ms"].value == first["median_ms"] and found["latency_ms"].n == 50
    assert found["rows_per_second"].value == last["rows_per_second"] and found["rows_per_second"].n == 1000
    assert found["others_share"].value == 0.25 and found["speed"].n == 100
    assert "from end to end" in found["speed"].method and "3 calls that were not timed" in found["speed"].method


def test_median_percentile_and_interval_of_uneven_calls() -> None:
    seconds = [0.001 * step for step in range(1, 22)]
    (told, _) = speed_findings([Calls(1, seconds, 210), Calls(32, seconds, 1)], None, "")[0].value
    assert told["median_ms"] == pytest.approx(11.0) and told["percentile_95_ms"] == pytest.approx(20.0)
    # By hand: of 21 tosses 5 or fewer come out one way with 1.33 %, 6 with 2.6 %: the 6th and the 16th value.
    assert told["median_interval"] == pytest.approx([6.0, 16.0]) and told["tokens_a_row"] == 10
    assert told["rows_per_second_interval"] == pytest.approx([1000 / 16, 1000 / 6])


def test_a_slow_predictor_is_asked_less_and_a_very_slow_one_under_ten_times() -> None:
    assert len(timed(Clock(call_seconds=0.4, row_seconds=0.0), 9, 1).seconds) == latency.LEAST_CALLS
    calls = timed(Clock(call_seconds=3.0, row_seconds=0.0), 9, 1)
    assert len(calls.seconds) == 4
    told = speed_findings([calls, calls], 0.0, "")[0].value[0]
    assert told["median_interval"] is None and told["rows_per_second_interval"] is None


def test_one_call_that_was_held_up_is_not_the_latency() -> None:
    """On a busy machine the first call took seconds, which spent the budget: it was the median of one."""
    durations: Iterator[float] = iter([0.02] * 3 + [7.1] + [0.018] * 9)
    clock = Clock()

    def predict(rows: list[Any]) -> None:
        clock.now += next(durations)

    calls = time_calls(predict, list(range(40)), [1] * 40, 1, clock)
    assert len(calls.seconds) == 10 and np.median(calls.seconds) == pytest.approx(0.018)
    found = speed_findings([calls, calls], None, "")
    assert found[1].interval is not None and found[1].interval[1] > 3000  # the range still tells of it
    assert found[3].status == "not measured"


def test_no_time_at_all_is_not_measured() -> None:
    still = Calls(1, [0.0, 0.0], 2)
    assert {finding.status for finding in speed_findings([still, still], 0.0, "")} == {"not measured"}
