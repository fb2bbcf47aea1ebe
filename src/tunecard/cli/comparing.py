"""`tunecard compare`: runs beside each other on the same rows, and what differs between their cards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import AsJson
from tunecard.cli.telling import tell
from tunecard.cli.wrong_kind import run_folders_only

Directories = Annotated[list[Path], typer.Argument(metavar="DIR", help="Run folders, two or more.", show_default=False)]
Split = Annotated[
    str | None, typer.Option("--split", metavar="SPLIT", help="Compare on it. [default: test, else validation]")
]
Metric = Annotated[
    str | None,
    typer.Option("--metric", metavar="KEY", help="A measure of the task, such as macro_f1. [default: its headline]"),
]


def compare(directories: Directories, split: Split = None, metric: Metric = None, json: AsJson = False) -> None:
    """Which of several runs is better on the same rows, and what differs between them?

    Reads the stored predictions alone: the score of each run, every paired difference with its 95 % interval, and p
    values adjusted by Holm for all pairs. Then the records that have another value. Runs of other rows, labels or
    tasks are refused, and so are predictions that are not those of the evidence; that the evidence itself is
    consistent is what `tunecard verify` asks.
    """
    from tunecard.api import compare as compare_folders
    from tunecard.cli.comparison_table import comparison_lines
    from tunecard.cli.output import print_json, stdout_console
    from tunecard.cli.progress import shown_progress

    run_folders_only(directories, "compare")
    with shown_progress(as_lines=json):
        found = compare_folders(*directories, split=split, metric=metric)
    if json:
        for note in found.notes:
            tell(note)
        print_json(found.to_json())
        return
    console = stdout_console()
    for part in comparison_lines(found):
        console.print(part)
