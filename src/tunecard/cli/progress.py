"""What a person sees while a run goes on, on stderr: a moving line at a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tunecard.cli.output import stderr_console
from tunecard.cli.streams import printable_streams

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from tunecard.pipeline import ProgressListener
    from tunecard.training.result import EpochRecord


class Lines:
    """A listener that prints a line a stage, an epoch and a note, and nothing for a step."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def stage(self, title: str) -> None:
        self._say(title, "bold")

    def step(self, done: int, total: int, loss: float) -> None:
        """Steps are too many for lines."""

    def epoch(self, record: EpochRecord, total_epochs: int, metric: str) -> None:
        self._say(epoch_line(record, total_epochs, metric))

    def note(self, text: str) -> None:
        self._say(f"  {text}", "dim")

    def _say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        with suppress(OSError):  # a run does not end because nobody watches it any more
            self._console.print(Text(text, style=style))


class Moving(Lines):
    """The same lines, and below them one that moves: what is done, how far, the loss, the time."""

    def __init__(self, console: Console, progress: Progress) -> None:
        super().__init__(console)
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, title: str) -> None:
        super().stage(title)
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task("", total=None, told="")

    def step(self, done: int, total: int, loss: float) -> None:
        if self._task is not None:
            told = f"step {done} of {total}  loss {loss:.3f}"
            self._progress.update(self._task, completed=done, total=total, told=told)


def epoch_line(record: EpochRecord, total_epochs: int, metric: str) -> str:
    """One epoch in a line of less than 80 columns."""
    width = len(str(total_epochs))
    place = f"epoch {record.epoch:{width}} of {total_epochs}" if record.epoch else "the start".ljust(10 + 2 * width)
    loss = " " * 10 if record.train_loss is None else f"loss {record.train_loss:.3f}"
    return (
        f"  {place}   {loss}   validation loss {record.validation_loss:.3f}   {metric} {record.validation_metric:.3f}"
    )


@contextmanager
def shown_progress() -> Iterator[ProgressListener]:
    """A listener for as long as the block lasts; what moves is gone afterwards."""
    console = stderr_console()
    if not console.is_terminal:
        yield Lines(console)
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), BarColumn(bar_width=28), TextColumn("{task.fields[told]}"), TimeElapsedColumn())
    with _progress(console, *columns) as progress, printable_streams():  # rich has put its own streams in their place
        yield Moving(console, progress)


@contextmanager
def counted_rows(*, shown: bool) -> Iterator[Callable[[int], None] | None]:
    """A function to call with numbers of rows that were done; None where nobody watches."""
    if not (shown and sys.stderr.isatty()):
        yield None
        return
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn())
    with _progress(stderr_console(), *columns) as progress, printable_streams():
        task = progress.add_task("", total=None)
        yield lambda rows: progress.advance(task, rows)


def _progress(console: Console, *columns: Any) -> Progress:
    from rich.progress import Progress

    return Progress(*columns, console=console, transient=True)
