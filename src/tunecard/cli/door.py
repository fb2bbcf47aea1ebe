"""The last stop of every command: one message and an exit code for whatever may happen inside.

0 done; 1 a check failed (the command says so); 2 bad input, bad usage or a machine that cannot; 3 interrupted; 70 a bug
of ours.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from signal import SIG_DFL

import typer

from tunecard.cli.among_ranks import among_ranks
from tunecard.cli.app import EXAMPLES, build_command
from tunecard.cli.importing import leave_quickly
from tunecard.cli.ray_address import with_addresses
from tunecard.cli.streams import printable_streams
from tunecard.cli.telling import tell
from tunecard.errors import TunecardError

DONE, BAD_INPUT, INTERRUPTED, BUG = 0, 2, 3, 70
NOBODY_READS = 141  # 128 + SIGPIPE, as of every program whose reader went away
DEBUG = "TUNECARD_DEBUG"
PROGRAM, COMPLETE = "tunecard", "_TUNECARD_COMPLETE"  # the second is set by the scripts of typer's completion
EXTRAS = {
    "train": {
        "accelerate", "codecarbon", "datasets", "peft", "psutil", "safetensors", "sklearn", "tokenizers", "torch",
        "transformers",
    },
    "loggers": {"tensorboard"},
    "ray": {"ray"},
}  # fmt: skip
SHOWN_OF_A_PATH = 200
NO_SUCH_PATH = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG}
THE_MACHINES_WORD = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; no fault escapes, and nothing reaches a terminal unguarded.

    Args:
        arguments: what stands behind `tunecard`; the process's own when None.
    """
    leave_quickly()
    with printable_streams():
        return _run(list(sys.argv[1:] if arguments is None else arguments))


def _run(arguments: list[str]) -> int:
    try:
        with _terminable():
            code = _invoke(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _close_stdout()
        return NOBODY_READS
    except BaseException as error:  # one message, of a library's panic too; the traceback waits behind TUNECARD_DEBUG
        if isinstance(error, SystemExit | GeneratorExit):
            raise
        if os.environ.get(DEBUG, "") not in ("", "0"):
            _show_traceback(error)
        message, code = _verdict(error)
        with suppress(OSError):  # where nobody listens the code still tells
            tell(message)
        return code


@contextmanager
def _terminable() -> Iterator[None]:
    """Lets SIGTERM end a command as SIGINT does, so that what it was writing is cleared; not where someone else says
    what it does."""
    is_ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == SIG_DFL
    if is_ours:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, SIG_DFL)


def _invoke(arguments: list[str]) -> int:
    if COMPLETE in os.environ:
        build_command().main([], PROGRAM)  # answers the shell and ends the process
    try:
        with among_ranks(arguments), build_command().make_context(PROGRAM, with_addresses(arguments)) as context:
            context.command.invoke(context)
    except typer.Exit as exit:
        return exit.exit_code
    return DONE


def _verdict(error: BaseException) -> tuple[str, int]:
    """The message and the exit code for whatever ended a command."""
    if isinstance(error, TunecardError):
        return f"{type(error).__name__}: {error}", error.exit_code
    if _is_stop(error):
        return "Interrupted: stopped before the work was done.", INTERRUPTED
    if isinstance(error, typer.TyperException):
        return _usage(error), BAD_INPUT
    machine = _machine_fault(error)
    return (f"MachineError: {machine}", BAD_INPUT) if machine else (_bug(error), BUG)


def _is_stop(error: BaseException | None) -> bool:
    """Whether somebody stopped the command, or something failed while it was closed because of that."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt | typer.Abort):
            return True
        error = error.__cause__ or error.__context__
    return False


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "tunecard"
    said = " ".join(error.format_message().split())
    said = re.sub(r" \(Possible options: (.*)\)", lambda near: f". Did you mean {near[1].replace(', ', ' or ')}?", said)
    usage = f"UsageError: {said if said.endswith(('.', '?', ')')) else said + '.'} See `{command} --help`."
    example = EXAMPLES.get(command.removeprefix("tunecard "))
    is_missing = said.startswith("Missing ") and example is not None
    return f"{usage} For example:\n  {example}" if is_missing else usage


def _machine_fault(error: BaseException) -> str | None:
    """What is wrong with the machine, in a sentence; None when it is not the machine."""
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        extra = next((extra for extra, packages in EXTRAS.items() if package in packages), None)
        needs = f"this command needs {package}, which is not installed. Install it: pip install 'tunecard[{extra}]'."
        return needs if extra else None
    if isinstance(error, MemoryError) or "OutOfMemoryError" in {kind.__name__ for kind in type(error).__mro__}:
        return "the memory is full. Lower training.train_batch_size or data.max_length, or use a larger machine."
    if isinstance(error, OSError) and error.errno in NO_SUCH_PATH and error.filename:
        path = str(error.filename)
        shown = path if len(path) <= SHOWN_OF_A_PATH else f"{path[:SHOWN_OF_A_PATH]}... ({len(path):,} characters)"
        return f"{shown}: {error.strerror}. Each part of a path but the last must be a folder. Give another path."
    if isinstance(error, OSError) and error.errno in THE_MACHINES_WORD:
        return (
            f"{error.filename or 'a file'}: {error.strerror}. Choose another place, or mend its permissions or space."
        )
    return None


def _bug(error: BaseException) -> str:
    from tunecard.version import __version__

    said = " ".join(str(error).split()) or "no message"
    return (
        f"Bug: {type(error).__name__}: {said}\n"
        f"This is a bug of tunecard {__version__}, not of your input. Please report it with the command you typed "
        f"and what {DEBUG}=1 shows."
    )


def _show_traceback(error: BaseException) -> None:
    import traceback

    traceback.print_exception(error)


def _close_stdout() -> None:
    """Python flushes stdout at exit and would complain about the closed pipe a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
