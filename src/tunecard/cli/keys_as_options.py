"""Faults of data name keys of a recipe; where there is none yet, the options that set them are told as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tunecard.errors import DataError

OPTIONS = {
    "`data.columns": "--column ROLE=NAME",
    "`data.labels": "--labels A,B,C",
    "`data.": "--set KEY=VALUE",
    "`task`": "--task TASK",
}


@contextmanager
def keys_as_options() -> Iterator[None]:
    """Whatever fault of data leaves the block names the options beside the keys."""
    try:
        yield
    except DataError as error:
        said = " ".join(error.problems)
        options = [option for key, option in OPTIONS.items() if key in said]
        if not options or "tunecard init" in said:
            raise
        told = f"Such keys are set here by {', '.join(options)}."
        raise DataError([*error.problems[:-1], f"{error.problems[-1]} {told}"], place=error.place) from error
