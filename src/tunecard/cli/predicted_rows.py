"""What is said when rows are predicted: what was found in reading them, what was renamed, and how many are errors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tunecard.cli.telling import tell


class Predicted(Protocol):
    """What a prediction came to."""

    @property
    def rows(self) -> int: ...

    @property
    def errors(self) -> int: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def renamed(self) -> Mapping[str, str]: ...


def say_what_came(report: Predicted, out: Path | None) -> None:
    """A line on stderr for each."""
    for note in report.notes:
        tell(note)
    for given, name in report.renamed.items():
        tell(f"The answer has a {given!r}, too: the input's is given back as {name!r}.")
    if report.errors:
        tell(f"{report.errors} of {report.rows} rows could not be predicted: see their `error`.")
    if out is not None:
        tell(f"{out}: {report.rows} rows")
