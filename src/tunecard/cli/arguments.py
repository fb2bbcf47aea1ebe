"""Arguments that several commands share, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from tunecard.errors import DataError

Directory: TypeAlias = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.", show_default=False)]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Clear what an earlier run left there.")]


def columns_of(settings: Sequence[str]) -> dict[str, str]:
    """`["text=body"]` as `{"text": "body"}`. Raises: DataError: all that are no ROLE=NAME, or come twice."""
    found: dict[str, str] = {}
    problems = []
    for setting in settings:
        role, _, name = setting.partition("=")
        if not role or not name:
            problems.append(f"--column takes ROLE=NAME, such as text=body. Got {setting!r}.")
        elif role in found:
            problems.append(f"--column {role} comes twice. Give it once.")
        found[role] = name
    if problems:
        raise DataError(problems)
    return found
