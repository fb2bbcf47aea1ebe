"""The last stop of every command: one message and an exit code for whatever may happen inside.

0 done; 1 a check failed; 2 bad input, bad usage or a machine that cannot; 3 interrupted; 70 a bug of ours.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import typer

from tunecard.cli.app import build_command
from tunecard.errors import TunecardError

DONE, CHECK_FAILED, BAD_INPUT, INTERRUPTED, BUG = 0, 1, 2, 3, 70
DEBUG = "TUNECARD_DEBUG"
EXTRAS = {
    "train": {
        "accelerate", "codecarbon", "datasets", "peft", "psutil", "safetensors", "tokenizers", "torch", "transformers",
    },
    "loggers": {"tensorboard"},
}  # fmt: skip
THE_MACHINES_WORD = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. Nothing but `SystemExit` of the interpreter itself escapes.

    Args:
        arguments: what stands behind `tunecard`; the process's own when None.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _close_stdout()
        return DONE  # the reader has seen enough
    except (KeyboardInterrupt, typer.Abort):
        return _tell("Interrupted: stopped before the work was done.", INTERRUPTED)
    except TunecardError as error:
        return _tell(f"{type(error).__name__}: {error}", error.exit_code, error)
    except typer.TyperException as error:
        return _tell(_usage(error), BAD_INPUT)
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        message = _machine_fault(error)
        return _tell(f"MachineError: {message}", BAD_INPUT, error) if message else _bug(error)
    except Exception as error:  # noqa: BLE001 - a person gets one message; the traceback waits behind TUNECARD_DEBUG
        return _bug(error)
    return code


def _invoke(arguments: list[str]) -> int:
    try:
        with build_command().make_context("tunecard", arguments) as context:
            context.command.invoke(context)
    except typer.Exit as exit:
        return exit.exit_code
    return DONE


def _tell(message: str, code: int, error: BaseException | None = None) -> int:
    if error is not None and _is_debugging():
        _show_traceback(error)
    try:
        print(message, file=sys.stderr, flush=True)  # noqa: T201 - this is the door
    except OSError:
        return code  # nobody listens; the code still tells
    return code


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "tunecard"
    said = " ".join(error.format_message().split())
    return f"UsageError: {said if said.endswith(('.', '?', ')')) else said + '.'} See `{command} --help`."


def _machine_fault(error: BaseException) -> str | None:
    """What is wrong with the machine, in a sentence; None when it is not the machine."""
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        extra = next((extra for extra, packages in EXTRAS.items() if package in packages), None)
        needs = f"this command needs {package}, which is not installed. Install it: pip install 'tunecard[{extra}]'."
        return needs if extra else None
    if isinstance(error, MemoryError) or "OutOfMemoryError" in {kind.__name__ for kind in type(error).__mro__}:
        return "the memory is full. Lower training.train_batch_size or data.max_length, or use a larger machine."
    if isinstance(error, OSError) and error.errno in THE_MACHINES_WORD:
        return (
            f"{error.filename or 'a file'}: {error.strerror}. Choose another place, or mend its permissions or space."
        )
    return None


def _bug(error: BaseException) -> int:
    from tunecard import __version__

    if _is_debugging():
        _show_traceback(error)
    said = " ".join(str(error).split()) or "no message"
    return _tell(
        f"Bug: {type(error).__name__}: {said}\n"
        f"This is a fault of tunecard {__version__}, not of your input. Please report it with the command you typed "
        f"and what {DEBUG}=1 shows.",
        BUG,
    )


def _is_debugging() -> bool:
    return os.environ.get(DEBUG, "") not in ("", "0")


def _show_traceback(error: BaseException) -> None:
    import traceback

    traceback.print_exception(error)


def _close_stdout() -> None:
    """Python flushes stdout at exit and would complain about the closed pipe a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
