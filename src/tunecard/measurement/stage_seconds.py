"""Where the seconds of a run go: stage by stage, no second counted twice, and what belongs to no stage told as such.

A stage that begins inside another one stops the other's clock. Whoever times a stage needs no clock in hand: `timed`
finds the one of the run that is going on, and does nothing where none is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

from tunecard.evidence import Finding, measured

Stage = Literal[
    "reading the data",
    "finding repeated rows",
    "describing the data",
    "loading the base",
    "comparing fast and stock path",
    "encoding rows",
    "vectors of the frozen base",
    "simple baselines",
    "start of the adapter",
    "warm start",
    "probes of the layers",
    "probe of the head",
    "optimisation",
    "validation",
    "checkpoints",
    "temperature",
    "suspect labels",
    "saving the adapter",
    "reading the adapter",
    "prediction",
    "stock checks",
    "examination",
    "controls",
    "scores and intervals",
    "machine and energy",
    "pictures",
]
STAGES: tuple[str, ...] = get_args(Stage)
EARLIER, REST = "attempts that were interrupted", "everything else"
METHOD = (
    "wall time, a stage inside another one counted once; controls with all of theirs; until card and manifest are "
    "written"
)
DIGITS = 3  # of a second's fraction
P = ParamSpec("P")
R = TypeVar("R")


class StageClock:
    """Seconds of each stage since it was made; at any moment at most one stage counts.

    Args:
        timer: seconds, monotonic.
    """

    def __init__(self, timer: Callable[[], float] = time.perf_counter) -> None:
        self._timer = timer
        self._seconds: dict[str, float] = {}
        self._open: list[str] = []
        self._since = self.began = timer()
        self._is_whole = False

    @contextmanager
    def stage(self, name: str, *, whole: bool = False) -> Iterator[None]:
        """Counts for `name` until the block ends; with `whole`, stages inside the block count for it, too."""
        if self._is_whole:
            yield
            return
        self._turn()
        self._open.append(name)
        self._is_whole = whole
        try:
            yield
        finally:
            self._turn()
            self._open.pop()
            self._is_whole = False

    def rows(self, seconds: float, earlier: float = 0.0) -> list[dict[str, object]]:
        """One record a stage, the longest first, whose seconds add up to `seconds`.

        Args:
            seconds: of the whole run, `earlier` among them.
            earlier: of attempts that were interrupted.
        """
        self._turn()
        told = {**self._seconds, **({EARLIER: earlier} if earlier else {})}
        rounded = {name: round(spent, DIGITS) for name, spent in told.items()}
        rest = round(max(0.0, seconds - sum(rounded.values())), DIGITS)
        longest = sorted({**rounded, REST: rest}.items(), key=lambda pair: -pair[1])
        return [{"stage": name, "seconds": spent} for name, spent in longest]

    def _turn(self) -> None:
        """What went by since the last turn counts for the stage that was open."""
        now = self._timer()
        if self._open:
            self._seconds[self._open[-1]] = self._seconds.get(self._open[-1], 0.0) + now - self._since
        self._since = now


_CLOCK: ContextVar[StageClock | None] = ContextVar("stage_clock", default=None)


def clocked(function: Callable[P, R]) -> Callable[P, R]:
    """Gives every call of a path a clock of its own, which `timed` finds and `stages_finding` reads."""

    @wraps(function)
    def with_clock(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _CLOCK.set(StageClock())
        try:
            return function(*args, **kwargs)
        finally:
            _CLOCK.reset(token)

    return with_clock


@contextmanager
def timed(stage: Stage, *, whole: bool = False) -> Iterator[None]:
    """Counts the block for a stage of the run that is going on.

    Args:
        whole: stages inside the block count for this one.
    """
    clock = _CLOCK.get()
    if clock is None:
        yield
        return
    with clock.stage(stage, whole=whole):
        yield


def stages_finding(seconds: float, earlier: float = 0.0) -> Finding:
    """`run.stages` of the run that is going on.

    Args:
        seconds: of the whole run, attempts that were interrupted among them.
        earlier: of these attempts.
    Raises: RuntimeError: nobody started a clock.
    """
    clock = _CLOCK.get()
    if clock is None:
        raise RuntimeError("run.stages is asked for outside of a run: mark its path as @clocked")
    return measured("run.stages", clock.rows(seconds, earlier), method=METHOD)
