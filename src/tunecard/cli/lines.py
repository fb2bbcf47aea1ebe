"""Progress in plain lines, for whatever is no terminal: each stage with its seconds, and now and then how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tunecard.cli.counts import Ongoing, figures, pace_words, time_words, took

if TYPE_CHECKING:
    from rich.console import Console

    from tunecard.training.result import EpochRecord

LONG_SECONDS = 2.0  # what takes less gets no line of its own
BETWEEN_SECONDS = 20.0  # two lines of one stage
TIME_COLUMN = 58


class Lines:
    """A listener that prints a line when a stage ends, its epochs and notes above, and nothing for a step.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.perf_counter) -> None:
        self._console, self._clock = console, clock
        self._stage: Ongoing | None = None
        self._is_headed = False
        self._counts: list[Ongoing] = []
        self._spoke = clock()

    def stage(self, title: str) -> None:
        """A new stage begins, and the one before has ended."""
        self.end_stage()
        self._stage = Ongoing(title, None, "", self._clock, lambda work, now: None)

    def step(self, done: int, total: int, loss: float) -> None:
        """Steps are counted."""

    def epoch(self, record: EpochRecord, total_epochs: int, metric: str) -> None:
        """An epoch ended and was validated."""
        self._say_within(epoch_line(record, total_epochs, metric))

    def note(self, text: str) -> None:
        """Something a user should know."""
        from tunecard.cli.telling import wrapped

        self._say_within(wrapped(f"  {text}", self._width()), "dim")

    @contextmanager
    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> Iterator[Ongoing]:
        """Work within the stage; a line when it ends, where it took long and is part of no other."""
        work = Ongoing(title, total, unit, self._clock, self._heard, done)
        self._counts.append(work)
        try:
            yield work
            self._tell_end(work)
        finally:
            self._counts.remove(work)

    def end_stage(self, *, is_broken: bool = False) -> None:
        """Prints how long the stage took that is open, if one is."""
        stage, is_headed = self._stage, self._is_headed
        if stage is None:
            return
        self._stage, self._is_headed = None, False  # first, so that nothing is drawn of it below its last line
        seconds = took(self._clock() - stage.began)
        if is_broken:
            seconds = f"ended after {seconds}"
        self._say(self._timed("  in all" if is_headed else stage.title, seconds), "" if is_headed else "bold")

    def _heard(self, work: Ongoing, now: float) -> None:
        """Called at every advance: a line, where the last is some time ago and the next is not the last."""
        is_over = work.total is not None and work.done >= work.total
        if now - self._spoke >= BETWEEN_SECONDS and now - work.began >= LONG_SECONDS and not is_over:
            self._tell_between(work, now)

    def _tell_between(self, work: Ongoing, now: float) -> None:
        parts = [part for part in (figures(work), time_words(work, now), work.told or pace_words(work, now)) if part]
        self._say_within(f"  {work.title}: {', '.join(parts)}")

    def _tell_end(self, work: Ongoing) -> None:
        seconds = self._clock() - work.began
        if seconds < LONG_SECONDS or len(self._counts) > 1:
            return
        done = f": {work.done:,} {work.unit}".rstrip() if work.done else ""
        indent = "" if self._stage is None else "  "
        self._say_within(self._timed(f"{indent}{work.title}{done}", took(seconds)))

    def _say_within(self, text: str, style: str = "") -> None:
        """A line that belongs to the open stage, below its title."""
        if self._stage is not None and not self._is_headed:
            self._say(self._stage.title, "bold")
            self._is_headed = True
        self._say(text if self._stage is not None else text.removeprefix("  "), style)

    def _timed(self, text: str, seconds: str) -> str:
        column = max(0, min(TIME_COLUMN, self._width() - len(seconds) - 2))
        return f"{text:<{column}}  {seconds}"

    def _width(self) -> int:
        return int(getattr(self._console, "width", 80))

    def _say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._spoke = self._clock()
        with suppress(OSError):  # a run does not end because nobody watches it any more
            self._console.print(Text(text, style=style))


def epoch_line(record: EpochRecord, total_epochs: int, metric: str) -> str:
    """One epoch in a line of less than 80 columns."""
    width = len(str(total_epochs))
    place = f"epoch {record.epoch:{width}} of {total_epochs}" if record.epoch else "the start".ljust(10 + 2 * width)
    loss = " " * 10 if record.train_loss is None else f"loss {record.train_loss:.3f}"
    return (
        f"  {place}   {loss}   validation loss {record.validation_loss:.3f}   {metric} {record.validation_metric:.3f}"
    )
