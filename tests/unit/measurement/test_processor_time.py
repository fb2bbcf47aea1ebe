"""What others used of the processor, by hand, and seen from outside: a child is ours, a stranger is not."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tunecard.measurement import StageUsage, Stopwatch
from tunecard.measurement.impact import energy_findings
from tunecard.measurement.processor_time import OthersMeter, busy_seconds, usable_threads

BURN = "import time\nwhile time.process_time() < 0.6: pass"


class Times:
    """Three clocks that a test turns."""

    def __init__(self) -> None:
        self.busy, self.own, self.wall = 100.0, 10.0, 1.0

    def meter(self, threads: int = 4) -> OthersMeter:
        return OthersMeter(lambda: self.busy, lambda: self.own, lambda: self.wall, threads)


def test_the_share_by_hand() -> None:
    times = Times()
    meter = times.meter()
    assert meter.share() is None
    times.busy, times.own, times.wall = 109.0, 13.0, 6.0
    assert meter.seconds() == pytest.approx(6.0)
    assert meter.share() == pytest.approx(6.0 / (4 * 5.0))


def test_rounding_never_makes_it_negative_or_more_than_all() -> None:
    times = Times()
    meter = times.meter(1)
    times.own, times.wall = 10.02, 2.0
    assert meter.share() == 0.0
    times.busy = 103.0
    assert meter.share() == 1.0


def test_a_child_of_ours_is_no_other() -> None:
    before, meter = busy_seconds(), OthersMeter()
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert busy_seconds() - before >= 0.5  # the system counted it
    gained = busy_seconds() - before
    assert meter.seconds() <= gained - 0.45  # and we took it off


def test_a_stage_counts_what_others_used() -> None:
    with Stopwatch("idle") as watch:
        time.sleep(0.2)
    assert watch.usage.others_seconds is not None
    assert 0.0 <= watch.usage.others_seconds <= 1.5 * watch.usage.seconds * len(usable_threads()) + 0.1


def test_shares_are_told_by_stage() -> None:
    stages = [
        StageUsage("training", 10.0, 5.0, 1, others_seconds=4.0),
        StageUsage("evaluation", 10.0, 5.0, 1, others_seconds=1e9),
        StageUsage("baselines", 10.0, 5.0, 1),
    ]
    found = {finding.id: finding for finding in energy_findings(stages, None)}
    share = found["environment.others_share"]
    assert share.value == {"training": pytest.approx(4.0 / (10.0 * len(usable_threads()))), "evaluation": 1.0}


def test_the_sum_of_energy_says_which_seconds_it_covers() -> None:
    stages = [StageUsage("training", 12.5, 5.0, 1), StageUsage("evaluation", 30.0, 5.0, 1)]
    total = {finding.id: finding for finding in energy_findings(stages, None)}["energy.total_kwh"]
    assert "42.5 s of stages; what a run does between them is not in it" in total.method
