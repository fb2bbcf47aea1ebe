"""Progress at a terminal: the lines of what has ended, and below them those of what is under way, drawn anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tunecard.cli.counts import Ongoing, clock_time, cut, moving_line
from tunecard.cli.lines import Lines

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

DRAWN_A_SECOND = 4
SHOWN_AFTER_SECONDS = 0.3  # what is over sooner would only flicker
SPINNER = "|/-\\"


class Board(Lines):
    """The lines of `Lines`, and a rich renderable of what is under way: the stage, and below it each open count."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(console, clock)

    def _heard(self, work: Ongoing, now: float) -> None:
        """What moves needs no lines between."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        draw = bar_of(options.encoding)
        for line in self.moving_lines(options.max_width, draw):
            yield Text(line, no_wrap=True, overflow="crop", end="\n")

    def moving_lines(self, width: int, bar: Callable[[float, int], str]) -> Iterator[str]:
        """What is under way, a line each of less than `width` columns."""
        now, stage = self._clock(), self._stage
        indent = 2 if stage is not None else 0
        if stage is not None:
            since = clock_time(now - stage.began)
            yield f"{_spinner(now)} {cut(stage.title, width - len(since) - 5)}  {since}"
        for work in tuple(self._counts):
            if now - work.began >= SHOWN_AFTER_SECONDS:
                mark = "" if work.total is not None or stage is not None else f"{_spinner(now)} "
                yield " " * indent + mark + moving_line(work, now, width - indent - len(mark), bar)


def _spinner(now: float) -> str:
    return SPINNER[int(now * DRAWN_A_SECOND) % len(SPINNER)]


def bar_of(encoding: str) -> Callable[[float, int], str]:
    """What draws a share in so many columns, in characters that the encoding has; without colour, so that it shows on
    any background.

    >>> bar_of("ascii")(0.5, 10)
    '[####----]'
    """
    full, empty = ("█", "░") if encoding.lower().startswith("utf") else ("#", "-")
    ends = ("", "") if full == "█" else ("[", "]")

    def drawn(share: float, columns: int) -> str:
        inside = columns - len(ends[0]) - len(ends[1])
        done = int(share * inside)
        return f"{ends[0]}{full * done}{empty * (inside - done)}{ends[1]}"

    return drawn
