"""What a run will cost, told before it is paid: seconds stage by stage, then a range of time, memory and disk."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# Twenty per cent to each side: the ends differ by 44 % (docs/log.md, "How long it will take").
SPREAD = 1.2
LEAST_DISK = 0.8
KILO = 1000
SECONDS_PER_MINUTE, MINUTES_PER_HOUR = 60, 60
MEMORY_MARGIN = 1.5  # later batches may be longer than the few that were timed
TIMED, AS_BEFORE, ASSUMED = "timed", "as in earlier runs", "assumed"
LEAST_SAVING = 0.05  # of all seconds: what saves less is not worth a line
MOST_ADVICE = 3
NAMED = 36  # columns for the name of a stage


@dataclass(frozen=True)
class Stage:
    """A part of the run: its seconds, and how they are known (`TIMED`, `AS_BEFORE` or `ASSUMED`)."""

    name: str
    seconds: float
    known: str = TIMED


@dataclass(frozen=True)
class Work:
    """What is learned from: optimiser steps of the whole run, and rows and tokens of an epoch."""

    steps: int
    rows: int
    tokens: int


@dataclass(frozen=True)
class RunEstimate:
    """What to expect.

    Attributes:
        work: steps, rows and tokens.
        timed_steps: steps that were timed.
        stages: in the order of the run; all epochs that were asked for.
        seconds: (low, high) wall time, where nothing stops the run early.
        memory_bytes: (low, high) peak resident memory.
        disk_bytes: (low, high) written to the output folder.
        earliest: seconds, should training stop as early as it may; None where it does not stop early.
        faster: what would make it faster, with the seconds that it saves, the largest first.
    """

    work: Work
    timed_steps: int
    stages: tuple[Stage, ...]
    seconds: tuple[float, float]
    memory_bytes: tuple[int, int]
    disk_bytes: tuple[int, int]
    earliest: float | None = None
    faster: tuple[tuple[str, float], ...] = field(default=())


def estimate_run(  # noqa: PLR0913 - what a run costs
    stages: Sequence[Stage],
    work: Work,
    *,
    timed_steps: int,
    memory_bytes: int,
    disk_bytes: int,
    earliest: float | None = None,
    faster: Sequence[tuple[str, float]] = (),
) -> RunEstimate:
    """Time, memory and disk of a run.

    Args:
        stages: of all epochs.
        memory_bytes: peak resident memory seen in the timed steps.
        disk_bytes: what the output folder will hold at most.
        earliest, faster: as `RunEstimate` holds them; what saves little is left out.
    Returns: the sum of the stages, a fifth less and a fifth more: the high end is 1.44 times the low one.
    Raises: ValueError: no stage, or no step was timed.

    >>> two = [Stage("reading", 6.0), Stage("training", 6.0)]
    >>> estimate_run(two, Work(1, 1, 1), timed_steps=1, memory_bytes=2, disk_bytes=5).seconds
    (10.0, 14.399999999999999)
    """
    if not stages or timed_steps < 1:
        raise ValueError("an estimate needs a stage, and at least one timed step")
    total = sum(stage.seconds for stage in stages)
    worth = sorted((one for one in faster if one[1] >= LEAST_SAVING * total), key=lambda one: -one[1])
    return RunEstimate(
        work=work,
        timed_steps=timed_steps,
        stages=tuple(stages),
        seconds=(total / SPREAD, total * SPREAD),
        memory_bytes=(memory_bytes, math.ceil(memory_bytes * MEMORY_MARGIN)),
        disk_bytes=(math.ceil(disk_bytes * LEAST_DISK), disk_bytes),
        earliest=earliest,
        faster=tuple(worth[:MOST_ADVICE]),
    )


def render_estimate(estimate: RunEstimate) -> list[str]:
    """The estimate as lines of at most 80 columns."""
    work, timed = estimate.work, "1" if estimate.timed_steps == 1 else f"{estimate.timed_steps}"
    return [
        f"steps    {work.steps:,} ({timed} timed here)",
        f"rows     {work.rows:,} an epoch, {work.tokens:,} tokens",
        *_labelled("stages", map(_stage_line, estimate.stages)),
        f"time     {_span(*map(in_words, estimate.seconds))}",
        *([] if estimate.earliest is None else [_early_line(estimate.earliest)]),
        f"memory   {_span(*map(in_bytes, estimate.memory_bytes))}",
        f"disk     {_span(*map(in_bytes, estimate.disk_bytes))}",
        *_labelled("faster", (f"{what}: {in_words(saved)} less" for what, saved in estimate.faster)),
    ]


def _labelled(label: str, lines: Iterable[str]) -> list[str]:
    return [f"{label if not number else '':<9}{line}" for number, line in enumerate(lines)]


def _stage_line(stage: Stage) -> str:
    return f"{stage.name[:NAMED]:<{NAMED}} {in_words(stage.seconds):>11}  {stage.known}".rstrip()


def _early_line(seconds: float) -> str:
    return f"         of all epochs; if it stops early {in_words(seconds)} at the least"


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
