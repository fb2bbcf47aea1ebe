"""What a person sees of what takes long, on stderr: lines that move at a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tunecard.cli.board import DRAWN_A_SECOND, Board
from tunecard.cli.lines import Lines
from tunecard.cli.output import stderr_console
from tunecard.cli.streams import printable_streams
from tunecard.counted import watched_by

# Each says that what is printed is kept as it comes: a build server, no steering, no colours.
PLAIN_VARIABLES = ("CI", "NO_COLOR")


@contextmanager
def shown_progress(*, as_lines: bool = False) -> Iterator[Lines]:
    """Shows how far whatever takes long is, for as long as the block lasts; what moves is gone afterwards.

    Functions of `tunecard` that are called within it tell of their work by themselves; `run` and `complete` tell of
    their stages, too, where they are given the listener. A notebook gets lines.

    Args:
        as_lines: plain lines at a terminal, too, as where stdout is read by a program.
    Returns: a context manager that gives the listener.
    """
    console = stderr_console()
    if as_lines or not _moves(console.is_terminal, console.is_dumb_terminal):
        listener = Lines(console)
        with watched_by(listener), _ended(listener):
            yield listener
        return
    from rich.live import Live

    board = Board(console)
    # What goes to stdout meanwhile is told from what moves only where both are one terminal.
    live = Live(
        board, console=console, refresh_per_second=DRAWN_A_SECOND, transient=True, redirect_stdout=sys.stdout.isatty()
    )
    with live, printable_streams(), watched_by(board), _ended(board):  # rich has put its own streams in their place
        yield board


def _moves(is_terminal: bool, is_dumb: bool) -> bool:
    return is_terminal and not is_dumb and not any(os.environ.get(name) for name in PLAIN_VARIABLES)


@contextmanager
def _ended(listener: Lines) -> Iterator[None]:
    """The last stage ends with the block; told as such where it broke."""
    try:
        yield
    except BaseException:
        listener.end_stage(is_broken=True)
        raise
    listener.end_stage()
