"""`tunecard verify`: whether a run folder is consistent with its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import AsJson, Directory
from tunecard.cli.wrong_kind import run_folder_only
from tunecard.errors import RecipeError

IsDeep = Annotated[
    bool, typer.Option("--deep", help="Also predict again, run the get-started code, reload with stock PEFT.")
]
Rules = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Rules in YAML that the folder must keep besides.")
]
Key = Annotated[
    Path | None, typer.Option("--key", metavar="KEY.pub", help="The public key that must have signed the folder.")
]
Data = Annotated[
    str | None,
    typer.Option("--data", metavar="DATA", help="With --deep: where the rows lie. [default: as recipe.yaml says]"),
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="BASE", help="With --deep: a folder or Hub id. [default: as the adapter says]"),
]


Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show each passed check, not a line a kind.")]


def verify(  # noqa: PLR0913, PLR0917 each is an option
    directory: Directory,
    deep: IsDeep = False,
    data: Data = None,
    base: Base = None,
    policy: Rules = None,
    key: Key = None,
    json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Is a run folder consistent with its own evidence?

    Compares hashes, renders the cards again byte for byte, computes every score again from the stored predictions,
    reads settings and sizes again from the files, and looks for figures without a record. Runs nothing that stands in
    the folder. The verdict comes first, then what failed, then what could not be checked. Exit code 1 when a check
    fails.
    """
    from tunecard.api import verify as check
    from tunecard.cli.output import print_json, stdout_console
    from tunecard.cli.progress import shown_progress
    from tunecard.verification import render_report

    run_folder_only(directory, "verify")
    if not deep and (data is not None or base is not None):
        raise RecipeError("--data and --base are for --deep. Add --deep, or leave them out.")
    with shown_progress(as_lines=json):
        report = check(directory, deep=deep, data=data, base=base, policy=policy, key=key)
    if json:
        print_json(report.to_json())
    else:
        render_report(report, stdout_console(), verbose=verbose)
    if not report.ok:
        raise typer.Exit(1)
