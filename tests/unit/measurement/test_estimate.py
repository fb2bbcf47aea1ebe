"""The estimate before a run: ranges by hand, and lines that fit a terminal."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.measurement import RunEstimate, Stage, Work, estimate_run, render_estimate
from tunecard.measurement.estimate import AS_BEFORE, in_bytes, in_words

WORK = Work(1200, 400, 6500)


def estimated(*seconds: float, memory: int = 1000, disk: int = 500, **others: Any) -> RunEstimate:
    stages = [Stage(f"stage {number} " + "x" * 50, one, AS_BEFORE) for number, one in enumerate(seconds)]
    return estimate_run(stages, WORK, timed_steps=5, memory_bytes=memory, disk_bytes=disk, **others)


def test_the_range_is_a_fifth_to_each_side_of_the_sum() -> None:
    estimate = estimated(40, 20)
    assert estimate.seconds == pytest.approx((50, 72))
    assert estimate.memory_bytes == (1000, 1500)
    assert estimate.disk_bytes == (400, 500)


def test_without_a_stage_or_a_timed_step_there_is_no_estimate() -> None:
    with pytest.raises(ValueError, match="a stage, and at least one timed step"):
        estimated()
    with pytest.raises(ValueError, match="a stage, and at least one timed step"):
        estimate_run([Stage("a", 1)], WORK, timed_steps=0, memory_bytes=1, disk_bytes=1)


def test_what_saves_little_is_not_told_and_the_largest_comes_first() -> None:
    ways = [("nothing much", 2.9), ("some", 3.0), ("most", 30.0), ("more", 10.0), ("much", 20.0)]
    assert [what for what, _ in estimated(60, faster=ways).faster] == ["most", "much", "more"]


def test_lines_for_a_person() -> None:
    stages = [Stage("reading", 12), Stage("scores and card", 888.4, AS_BEFORE)]
    estimate = estimate_run(
        stages, WORK, timed_steps=1, memory_bytes=800_000_000, disk_bytes=60_000_000, earliest=100.0,
        faster=[("quality: fast", 300.0)],
    )  # fmt: skip
    assert render_estimate(estimate) == [
        "steps    1,200 (1 timed here)",
        "rows     400 an epoch, 6,500 tokens",
        "stages   reading                                     12 s  timed",
        "         scores and card                      14 min 48 s  as in earlier runs",
        "time     12 min 30 s to 18 min",
        "         of all epochs; if it stops early 1 min 40 s at the least",
        "memory   800 MB to 1.2 GB",
        "disk     48 MB to 60 MB",
        "faster   quality: fast: 5 min less",
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
    seconds=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=9),
    memory=st.integers(0, 10**13),
    disk=st.integers(0, 10**13),
)
def test_lines_fit_and_the_ends_differ_by_less_than_half(seconds: list[float], memory: int, disk: int) -> None:
    estimate = estimated(*seconds, memory=memory, disk=disk, earliest=sum(seconds) / 2)
    assert estimate.seconds[0] < sum(seconds) < estimate.seconds[1] < 1.5 * estimate.seconds[0]
    assert estimate.memory_bytes[0] <= estimate.memory_bytes[1]
    assert all(len(line) <= 80 for line in render_estimate(estimate))
