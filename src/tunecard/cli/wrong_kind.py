"""A path that a command does not take, though another does: what it is, and the line to type instead."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tunecard.errors import DataError, RecipeError, RunFolderError, TunecardError

SHOWN_FILES = 3
NO_TRAIN = "must hold a file"  # what the reader of folders says where no file is called train
# A folder that lost its evidence may look like one of rows, or of nothing: what reads it says what is missing.
RUN_OR_DAMAGED = ("run", "data folder", "folder without data")


def refuse_other(
    path: Path, takes: Sequence[str], wanted: str, fault: Callable[..., TunecardError] = RecipeError
) -> None:
    """Passes where a path is of a kind that the command takes, or of none that is known: its reader says more.

    Args:
        takes: names of kinds (`data/path_kinds.py`).
        wanted: what the command takes, in words: "`tunecard run` takes a recipe".
        fault: the error to raise.
    Raises: TunecardError: what it is, and the lines to type.
    """
    from tunecard.data.path_kinds import other_kind

    if (said := other_kind(path, takes, wanted)) is not None:
        raise fault(said, place=str(path))


def refuse_swapped(first: Path, second: str, takes: Sequence[str], line: Sequence[str]) -> None:
    """Passes unless two arguments stand in each other's place.

    Args:
        first, second: as they were given.
        takes: kinds that belong in the first place.
        line: the words of the right line.
    Raises: RecipeError: with that line.
    """
    from tunecard.data.path_kinds import kind_of

    kind, other = kind_of(first), kind_of(Path(second))
    if kind is not None and kind.name in ("data", "data folder") and other is not None and other.name in takes:
        raise RecipeError(
            f"is {kind.is_a}, and {second} is {other.is_a}: they stand in each other's place. Type:\n"
            f"  {shlex.join(line)}",
            place=str(first),
        )


@contextmanager
def folders_told(path: Path, wanted: str) -> Iterator[None]:
    """Where a folder cannot be read in the block, that it holds no rows, or a line for each file that may be meant.

    Raises: DataError: what the block raised, and the lines.
    """
    try:
        yield
    except DataError as error:
        if not path.is_dir():
            raise
        refuse_other(path, ("data", "data folder"), wanted, DataError)
        lines = _lines_for_files(path)
        if not lines or NO_TRAIN not in error.problems[-1]:
            raise
        told = "\n".join([f"{error.problems[-1]} Or name one file. Type:", *(f"  {line}" for line in lines)])
        raise DataError([*error.problems[:-1], told], place=error.place) from error


def _lines_for_files(folder: Path) -> list[str]:
    """A line to type for each file of rows, where none of them is called train."""
    from tunecard.data.readers.folders import ALIASES, data_files

    files = data_files(folder)
    has_train = any(file.name.lower().startswith(ALIASES["train"]) for file in files)
    return [] if has_train else [shlex.join(["tunecard", "init", str(file)]) for file in files[:SHOWN_FILES]]


def run_folder_only(path: Path, command: str) -> None:
    """Passes where a path may be a run folder. Raises: RunFolderError: it is something else; with the line to type."""
    inside = _run_around(path)
    if inside is not None:
        line = shlex.join(["tunecard", command, str(inside)])
        raise RunFolderError(f"is a file of the run folder {inside}. Type:\n  {line}", place=str(path))
    if runs := _runs_within(path):
        lines = "".join(f"\n  {shlex.join(['tunecard', command, str(run)])}" for run in runs[:SHOWN_FILES])
        raise RunFolderError(f"holds run folders, and is none itself. Type:{lines}", place=str(path))
    refuse_other(path, RUN_OR_DAMAGED, f"`tunecard {command}` takes a run folder", RunFolderError)


def run_folders_only(paths: Sequence[Path], command: str) -> None:
    """The same for a command that takes several. Raises: RunFolderError: with the whole line to type."""
    for place, path in enumerate(paths):
        inside = _run_around(path)
        meant = _runs_within(path)[:SHOWN_FILES] if inside is None else [inside]
        if meant:
            is_a = (
                "holds run folders, and is none itself" if inside is None else f"is a file of the run folder {inside}"
            )
            line = [str(one) for one in (*paths[:place], *meant, *paths[place + 1 :])]
            raise RunFolderError(f"{is_a}. Type:\n  {shlex.join(['tunecard', command, *line])}", place=str(path))
        refuse_other(path, RUN_OR_DAMAGED, f"`tunecard {command}` takes run folders", RunFolderError)


def _runs_within(path: Path) -> list[Path]:
    """The run folders in a folder that is none, in order of their names."""
    from tunecard.data.path_kinds import RUN, kind_of

    if not path.is_dir() or kind_of(path) is RUN:
        return []
    return [inner for inner in sorted(path.iterdir()) if inner.is_dir() and kind_of(inner) is RUN]


def _run_around(path: Path) -> Path | None:
    """The run folder that a file lies in."""
    from tunecard.data.path_kinds import RUN, kind_of

    return path.parent if path.is_file() and kind_of(path.parent) is RUN else None
