"""Of several processes that one launcher started, the first speaks; another only where nobody else can say it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from tunecard.errors import Interrupted, MachineError, TunecardError
from tunecard.ranks.lost import HandedOver, RankLost
from tunecard.ranks.place import Place, own_place

TRAINS = "run"
DRY = "--dry-run"
INTERRUPTED = 3


@contextmanager
def among_ranks(arguments: Sequence[str]) -> Iterator[None]:
    """Silences a process that is not the first.

    Args:
        arguments: what was typed behind `tunecard`.
    Raises:
        MachineError: the variables of several processes are wrong, or the command takes no part in them.
        typer.Exit: what ended the command is told by another process.
    """
    trains = arguments[:1] == [TRAINS]
    try:
        place = own_place()
    except MachineError:
        if trains:
            raise
        yield  # other commands never ask
        return
    if place.is_first:
        if not trains and place.count > 1 and arguments:
            raise MachineError(_runs_alone(arguments[0], place))
        yield
        return
    with _silence():
        if not trains or DRY in arguments:
            raise typer.Exit(0)
        try:
            yield
        except BaseException as error:
            if is_told_elsewhere(error, place):
                raise typer.Exit(error.exit_code if isinstance(error, TunecardError) else INTERRUPTED) from error
            raise


def is_told_elsewhere(error: BaseException, place: Place) -> bool:
    """Whether another process says what has ended this one."""
    if isinstance(error, RankLost):  # rank 0 says so, or the next one where that is lost
        return not (place.number == 1 and 0 in error.numbers)
    if isinstance(error, Interrupted | KeyboardInterrupt | HandedOver):
        return True
    return place.local > 0  # before they have met, the first of each machine speaks for those on it


def _runs_alone(command: str, place: Place) -> str:
    return (
        f"`tunecard {command}` is work of one process, and {place.count} were started. Several share the training of "
        f"`tunecard {TRAINS}`."
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Inside, whatever is written to standard output or error goes nowhere, by libraries in C, too."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = {number: os.dup(number) for number in (1, 2)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in kept:
            os.dup2(nowhere, number)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, before in kept.items():
            os.dup2(before, number)
            os.close(before)
        os.close(nowhere)
