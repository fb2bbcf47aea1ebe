"""Faults of data name keys of a recipe; where there is none yet, the options that set them are told as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tunecard.errors import DataError

SOURCE = " Check `data.source`."
OPTIONS = {
    "`data.columns": "--column ROLE=NAME",
    "`data.labels": "--labels A,B,C",
    "`data.": "--set KEY=VALUE",
    "the declared names": "--labels A,B,C",
    "`task`": "--task TASK",
}


@contextmanager
def keys_as_options() -> Iterator[None]:
    """Whatever fault of data leaves the block names the options beside the keys."""
    try:
        yield
    except DataError as error:
        if any(SOURCE in problem for problem in error.problems):  # here it is no key, but what was typed
            raise DataError([problem.replace(SOURCE, "") for problem in error.problems], place=error.place) from error
        said = " ".join(error.problems)
        options = list(dict.fromkeys(option for key, option in OPTIONS.items() if key in said))
        if not options or "tunecard init" in said:
            raise
        told = f"Here these are set by {', '.join(options)}."
        raise DataError([*error.problems[:-1], f"{error.problems[-1]} {told}"], place=error.place) from error
