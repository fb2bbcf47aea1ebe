"""The estimate before a run: ranges by hand, and lines that fit a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.measurement import estimate_run, render_estimate
from tunecard.measurement.estimate import in_bytes, in_words


def test_range_from_the_fastest_to_the_slowest_step() -> None:
    estimate = estimate_run([1.0, 2.0, 1.5], 100, evaluation_seconds=50, memory_bytes=1000, disk_bytes=500)
    assert estimate.seconds == pytest.approx((100 + 40, 200 + 60))
    assert estimate.memory_bytes == (1000, 1500)
    assert estimate.disk_bytes == (400, 500)
    assert (estimate.timed_steps, estimate.steps) == (3, 100)


def test_equal_steps_still_span_a_fifth() -> None:
    assert estimate_run([2.0], 10, memory_bytes=1, disk_bytes=1).seconds == pytest.approx((16.0, 24.0))


def test_early_stopping_lowers_only_the_low_end() -> None:
    estimate = estimate_run([2.0], 10, memory_bytes=1, disk_bytes=1, fewest_steps=5)
    assert estimate.seconds == pytest.approx((8.0, 24.0))


def test_no_timed_step_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one timed step"):
        estimate_run([], 10, memory_bytes=1, disk_bytes=1)


def test_lines_for_a_person() -> None:
    estimate = estimate_run([0.5, 1.0], 1200, memory_bytes=800_000_000, disk_bytes=60_000_000)
    assert render_estimate(estimate) == [
        "steps    1,200",
        "time     10 min to 20 min (from 2 timed steps)",
        "memory   800 MB to 1.2 GB",
        "disk     48 MB to 60 MB",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3599.7, "1 h"), (90_000, "25 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_600, "1.0 MB"), (9_960_000, "10 MB")]
)
def test_sizes(count: int, words: str) -> None:
    assert in_bytes(count) == words


@given(
    steps=st.lists(st.floats(1e-4, 1e4), min_size=1, max_size=20),
    count=st.integers(1, 10**7),
    memory=st.integers(0, 10**13),
    disk=st.integers(0, 10**13),
)
def test_lines_fit_and_ranges_are_ordered(steps: list[float], count: int, memory: int, disk: int) -> None:
    estimate = estimate_run(steps, count, evaluation_seconds=3.0, memory_bytes=memory, disk_bytes=disk)
    assert estimate.seconds[0] < estimate.seconds[1]
    assert estimate.memory_bytes[0] <= estimate.memory_bytes[1]
    assert all(len(line) <= 80 for line in render_estimate(estimate))
