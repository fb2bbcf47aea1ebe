"""Arguments that several commands share, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from tunecard.errors import DataError

if TYPE_CHECKING:
    from tunecard.data.readers.options import ReadingOptions

Directory: TypeAlias = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.", show_default=False)]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Clear what an earlier run left there.")]

Separator: TypeAlias = Annotated[
    str,
    typer.Option(
        "--separator", metavar="MARK", help="Between columns: comma, semicolon, tab, pipe or one character, or auto."
    ),
]
Encoding: TypeAlias = Annotated[
    str, typer.Option("--encoding", metavar="NAME", help="Of text files, such as windows-1252; auto is UTF-8.")
]


Cluster: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="COLUMN",
        help="Rows with one value in it belong together, such as those of a document: intervals draw them as one.",
    ),
]


Suites: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--suite", metavar="FILE", help="Behavioural tests in CheckList's form, asked too. Several are one each."
    ),
]


class Alike(StrEnum):
    """What becomes of labels that look alike."""

    refuse = "refuse"
    merge = "merge"


LabelsAlike: TypeAlias = Annotated[
    Alike, typer.Option("--labels-alike", help="Labels that differ only in case, blanks or Unicode form.")
]


def at_home(path: Path | None) -> Path | None:
    """A place to write with `~` as the home folder, which a shell leaves as it is in `--out=~/runs`."""
    return None if path is None else path.expanduser()


def reading_of(separator: str, encoding: str) -> ReadingOptions:
    """How to read files. Raises: RecipeError: no separator or no encoding of text, both at once."""
    from tunecard.data.readers.options import ReadingOptions
    from tunecard.recipe import check_mapping
    from tunecard.recipe.schema import DataRecipe

    content = {"source": "-", "separator": separator, "encoding": encoding}
    asked = check_mapping(content, DataRecipe, what="a command", place="options")
    return ReadingOptions(asked.separator, asked.encoding)


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


def names_of(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """`--labels`, given once with commas or once for each name; a name in quotation marks may hold commas.

    Raises: DataError: a name twice, or none.

    >>> names_of(["a, b"]), names_of(['"a, b",c']), names_of(["a", "b"]), names_of(None)
    (('a', 'b'), ('a, b', 'c'), ('a', 'b'), None)
    """
    import csv

    if given is None or not given:
        return None
    names = [name.strip() for row in csv.reader(given, skipinitialspace=True) for name in row]
    if not all(names) or len(set(names)) != len(names):
        shown = ",".join(given)
        raise DataError(f"--labels takes different names with commas, such as --labels neg,pos. Got {shown!r}.")
    return tuple(names)
