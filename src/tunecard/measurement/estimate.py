"""What a run will cost, told before it is paid: from a few timed steps to a range of time, memory and disk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

LEAST_SPREAD = 0.2  # steps timed one after the other look more alike than those of an hour's run
KILO = 1000
SECONDS_PER_MINUTE, MINUTES_PER_HOUR = 60, 60
MEMORY_MARGIN = 1.5  # later batches may be longer than the few that were timed


@dataclass(frozen=True)
class RunEstimate:
    """What to expect.

    Attributes:
        timed_steps: steps that were timed.
        steps: steps of the run if nothing stops it early.
        seconds: (low, high) wall time.
        memory_bytes: (low, high) peak resident memory.
        disk_bytes: (low, high) written to the output folder.
    """

    timed_steps: int
    steps: int
    seconds: tuple[float, float]
    memory_bytes: tuple[int, int]
    disk_bytes: tuple[int, int]


def estimate_run(
    seconds_per_step: Sequence[float],
    steps: int,
    *,
    evaluation_seconds: float = 0.0,
    memory_bytes: int,
    disk_bytes: int,
    fewest_steps: int | None = None,
) -> RunEstimate:
    """Time, memory and disk of a run.

    Args:
        seconds_per_step: wall time of each timed step, warm-up left out.
        steps: optimiser steps of the whole run.
        evaluation_seconds: everything that is not a step: loading, validation, saving, scoring.
        memory_bytes: peak resident memory seen in the timed steps.
        disk_bytes: what the output folder will hold at most.
        fewest_steps: steps at which early stopping could end the run at the earliest; None: it cannot.
    Returns: the low end takes the fastest step, the high end the slowest, and at least a fifth about the mean.
    Raises: ValueError: no step was timed.

    >>> estimate_run([1.0, 2.0, 1.5], 100, memory_bytes=10, disk_bytes=7).seconds
    (100.0, 200.0)
    """
    if not seconds_per_step:
        raise ValueError("an estimate needs at least one timed step")
    mean = fmean(seconds_per_step)
    fast = min(*seconds_per_step, mean * (1 - LEAST_SPREAD))
    slow = max(*seconds_per_step, mean * (1 + LEAST_SPREAD))
    least = (steps if fewest_steps is None else min(fewest_steps, steps)) * fast
    low = least + evaluation_seconds * (1 - LEAST_SPREAD)
    high = steps * slow + evaluation_seconds * (1 + LEAST_SPREAD)
    return RunEstimate(
        timed_steps=len(seconds_per_step),
        steps=steps,
        seconds=(low, high),
        memory_bytes=(memory_bytes, math.ceil(memory_bytes * MEMORY_MARGIN)),
        disk_bytes=(math.ceil(disk_bytes * (1 - LEAST_SPREAD)), disk_bytes),
    )


def render_estimate(estimate: RunEstimate) -> list[str]:
    """The estimate as lines of at most 80 columns."""
    timed = "1 timed step" if estimate.timed_steps == 1 else f"{estimate.timed_steps} timed steps"
    return [
        f"steps    {estimate.steps:,}",
        f"time     {_span(*map(in_words, estimate.seconds))} (from {timed})",
        f"memory   {_span(*map(in_bytes, estimate.memory_bytes))}",
        f"disk     {_span(*map(in_bytes, estimate.disk_bytes))}",
    ]


def in_words(seconds: float) -> str:
    """A duration as a person says it.

    >>> in_words(8.4), in_words(200), in_words(7500)
    ('8 s', '3 min 20 s', '2 h 5 min')
    """
    minutes, rest = divmod(max(1, round(seconds)), SECONDS_PER_MINUTE)
    if not minutes:
        return f"{rest} s"
    if minutes < MINUTES_PER_HOUR:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    hours, minutes = divmod(round(seconds / SECONDS_PER_MINUTE), MINUTES_PER_HOUR)
    return f"{hours} h" + (f" {minutes} min" if minutes else "")


def in_bytes(count: int) -> str:
    """A size in decimal units.

    >>> in_bytes(999), in_bytes(1_500_000), in_bytes(12_300_000_000)
    ('999 B', '1.5 MB', '12 GB')
    """
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while round(value) >= KILO and len(units) > 1:
        value, units = value / KILO, units[1:]
    digits = 1 if len(f"{value:.1f}") == len("9.9") and units[0] != "B" else 0
    return f"{value:.{digits}f} {units[0]}"


def _span(low: str, high: str) -> str:
    return f"about {high}" if low == high else f"{low} to {high}"
