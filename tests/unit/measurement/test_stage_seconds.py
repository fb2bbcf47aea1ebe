"""Every second of a run belongs to one stage or to the rest, and together they are the run's."""

from collections.abc import Iterator

import pytest

from tunecard.measurement import clocked, stages_finding, timed
from tunecard.measurement.stage_seconds import EARLIER, REST, StageClock


class Hands:
    """A clock that stands until it is set on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


def seconds_of(clock: StageClock, whole: float, earlier: float = 0.0) -> dict[object, object]:
    return {row["stage"]: row["seconds"] for row in clock.rows(whole, earlier)}


def test_a_stage_inside_another_one_stops_its_clock(hands: Hands) -> None:
    clock = StageClock(hands)
    hands.pass_(1)
    with clock.stage("training"):
        hands.pass_(2)
        with clock.stage("validation"):
            hands.pass_(4)
        hands.pass_(8)
    hands.pass_(16)
    assert seconds_of(clock, 31) == {"training": 10, "validation": 4, REST: 17}


def test_the_same_stage_several_times_is_one_row_and_the_longest_comes_first(hands: Hands) -> None:
    clock = StageClock(hands)
    for _ in range(3):
        with clock.stage("encoding rows"):
            hands.pass_(1)
        with clock.stage("pictures"):
            hands.pass_(2)
    assert clock.rows(9) == [
        {"stage": "pictures", "seconds": 6.0},
        {"stage": "encoding rows", "seconds": 3.0},
        {"stage": REST, "seconds": 0.0},
    ]


def test_a_stage_that_counts_whole_has_those_inside_it_too(hands: Hands) -> None:
    clock = StageClock(hands)
    with clock.stage("controls", whole=True):
        hands.pass_(1)
        with clock.stage("optimisation"):
            hands.pass_(2)
        hands.pass_(4)
    with clock.stage("optimisation"):
        hands.pass_(8)
    assert seconds_of(clock, 15) == {"controls": 7, "optimisation": 8, REST: 0}


def test_a_stage_that_fails_is_over(hands: Hands) -> None:
    clock = StageClock(hands)
    with pytest.raises(OSError, match="full"), clock.stage("pictures"):
        hands.pass_(1)
        raise OSError("full")
    hands.pass_(2)
    assert seconds_of(clock, 3) == {"pictures": 1, REST: 2}


def test_a_stage_that_is_still_going_on_counts_until_now(hands: Hands) -> None:
    clock = StageClock(hands)
    with clock.stage("pictures"):
        hands.pass_(5)
        assert seconds_of(clock, 5) == {"pictures": 5, REST: 0}


def test_rounded_seconds_still_add_up(hands: Hands) -> None:
    clock = StageClock(hands)
    for name in ("prediction", "pictures", "validation"):
        with clock.stage(name):
            hands.pass_(1 / 3)
    rows = clock.rows(7.0, earlier=2.5)
    assert sum(row["seconds"] for row in rows) == pytest.approx(7.0, abs=1e-9)  # type: ignore[misc]
    assert {row["stage"] for row in rows} >= {EARLIER, REST}


def test_time_is_counted_for_the_call_that_goes_on_and_for_no_other() -> None:
    @clocked
    def path(stage: str) -> list[str]:
        with timed(stage):  # type: ignore[arg-type]
            pass
        return [row["stage"] for row in stages_finding(1.0).value]

    with timed("pictures"):  # no run goes on: nothing is counted, nothing fails
        pass
    assert set(path("prediction")) == {"prediction", REST}
    assert set(path("validation")) == {"validation", REST}
    with pytest.raises(RuntimeError, match="clocked"):
        stages_finding(1.0)


def test_a_path_inside_a_path_has_a_clock_of_its_own() -> None:
    @clocked
    def inner() -> list[dict[str, object]]:
        with timed("examination"):
            pass
        return list(stages_finding(1.0).value)

    @clocked
    def outer() -> Iterator[object]:
        inner()
        with timed("pictures"):
            pass
        return iter([row["stage"] for row in stages_finding(1.0).value])

    assert set(outer()) == {"pictures", REST}
