"""Latency and throughput with a clock that the test turns."""

from typing import Any

import pytest

from tunecard.measurement import measure_prediction
from tunecard.measurement.processor_time import OthersMeter

TIMED = "from one end to the other"


class Clock:
    """A predictor that takes a known time a call: 10 ms and 2 ms a row, on its own clock."""

    def __init__(self, call_seconds: float = 0.010, row_seconds: float = 0.002) -> None:
        self.now = 0.0
        self.calls: list[int] = []
        self.call_seconds, self.row_seconds = call_seconds, row_seconds

    def predict(self, rows: list[Any]) -> None:
        self.calls.append(len(rows))
        self.now += self.call_seconds + self.row_seconds * len(rows)

    def __call__(self) -> float:
        return self.now


def test_latency_and_throughput_by_hand() -> None:
    clock = Clock()
    latency, throughput, _ = measure_prediction(clock.predict, list(range(100)), batch=20, timer=clock, timed=TIMED)
    assert latency.value == pytest.approx(12.0)
    assert latency.interval == pytest.approx((12.0, 12.0))
    assert (latency.id, latency.unit, latency.n, latency.level) == ("prediction.latency_ms", "ms", 50, None)
    assert throughput.value == pytest.approx(20 / 0.050)
    for finding in (latency, throughput):
        assert str(finding.method).endswith("; from one end to the other")
    assert (throughput.id, throughput.n) == ("prediction.rows_per_second", 100)
    assert clock.calls == [1] * 53 + [20] * 5  # three warm-up rows come first and are not counted


def test_median_and_percentiles_of_uneven_calls() -> None:
    clock = Clock()
    durations = iter([9.0] * 3 + [0.001 * step for step in range(1, 22)] + [1.0])

    def predict(rows: list[Any]) -> None:
        clock.now += next(durations)

    latency, throughput, _ = measure_prediction(predict, list(range(21)), batch=50, timer=clock, timed=TIMED)
    assert latency.value == pytest.approx(11.0)
    assert latency.interval == pytest.approx((2.0, 20.0))
    assert throughput.value == pytest.approx(21.0)


def test_the_budget_ends_a_slow_predictor() -> None:
    clock = Clock(call_seconds=1.0, row_seconds=0.0)
    latency, throughput, _ = measure_prediction(clock.predict, list(range(100)), batch=10, timer=clock, timed=TIMED)
    assert latency.n == 10 and throughput.n == 30  # no median of fewer than ten calls
    assert clock.now == pytest.approx(3.0 + 10.0 + 3.0)


def test_one_call_that_was_held_up_is_not_the_latency() -> None:
    """On a busy machine the first call took seconds, which spent the budget: it was the median of one."""
    clock = Clock()
    durations = iter([0.02] * 3 + [7.1] + [0.018] * 9 + [0.1])

    def predict(rows: list[Any]) -> None:
        clock.now += next(durations)

    latency, _, _ = measure_prediction(predict, list(range(40)), batch=40, timer=clock, timed=TIMED)
    assert (latency.value, latency.n) == (pytest.approx(18.0), 10)
    assert latency.interval[1] > 3000  # the range still tells of it


def test_one_row_has_no_range() -> None:
    clock = Clock()
    latency, throughput, _ = measure_prediction(clock.predict, ["only"], batch=8, timer=clock, timed=TIMED)
    assert (latency.n, latency.interval, throughput.n) == (1, None, 1)


def test_no_row_is_not_measured() -> None:
    findings = measure_prediction(lambda rows: None, [], batch=8, timed=TIMED)
    assert [finding.status for finding in findings] == ["not measured"] * 3


def test_the_real_clock_is_the_default() -> None:
    latency, throughput, _ = measure_prediction(lambda rows: sum(range(2000)), list(range(10)), batch=5, timed=TIMED)
    assert 0 < latency.value < 1000 and throughput.value > 0


def test_what_others_used_meanwhile_stands_beside_it() -> None:
    clock = Clock()
    began: list[float] = []

    def others() -> OthersMeter:
        """Of two threads, one is busy with somebody else all the time; half of the other with us."""
        began.append(clock.now)
        return OthersMeter(busy=lambda: 1.5 * clock.now, own=lambda: 0.5 * clock.now, timer=clock, threads=2)

    found = measure_prediction(clock.predict, list(range(20)), batch=20, timer=clock, timed=TIMED, others=others)
    share = found[2]
    assert (share.id, share.status) == ("prediction.others_share", "measured")
    assert share.value == pytest.approx(0.5)
    assert began == [pytest.approx(3 * 0.012)]  # warm-up is not part of it
