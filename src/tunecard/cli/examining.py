"""`tunecard examine`: probes asked of the saved adapter again."""

from __future__ import annotations

from typing import Annotated

import typer

from tunecard.cli.arguments import AsJson, Directory, Suites
from tunecard.cli.wrong_kind import run_folder_only

Probes = Annotated[
    str | None, typer.Option("--probes", metavar="NAMES", help="Such as membership,out-of-scope. [default: all]")
]
Budget = Annotated[
    int | None,
    typer.Option("--budget", metavar="PASSES", min=0, help="Forward passes of all together. [default: the recipe's]"),
]
Data = Annotated[
    str | None, typer.Option("--data", metavar="DATA", help="Where the rows lie. [default: as recipe.yaml says]")
]
Base = Annotated[
    str | None, typer.Option("--base", metavar="BASE", help="A folder or Hub id. [default: as the adapter says]")
]


def examine(  # noqa: PLR0913, PLR0917 - an option each
    directory: Directory,
    probes: Probes = None,
    budget: Budget = None,
    data: Data = None,
    base: Base = None,
    suite: Suites = None,
    json: AsJson = False,
) -> None:
    """Ask the saved adapter again what its answers hang on, and write the card with what is found.

    The rows must be those that were scored. Which of them are asked about follows from the seed and the budget, so
    that `tunecard verify --deep` asks the same. Findings of probes that are not asked stay.
    """
    from tunecard.api import examine as ask
    from tunecard.cli.output import print_json
    from tunecard.cli.progress import shown_progress
    from tunecard.evidence import RunFolder

    run_folder_only(directory, "examine")
    names = None if probes is None else [name.strip() for name in probes.split(",") if name.strip()]
    with shown_progress(as_lines=json):
        found = ask(directory, probes=names, budget=budget, data=data, base=base, suites=suite or [])
    if json:
        print_json(found.to_json())
        return
    for answer in found.answers:
        typer.echo(f"{answer.probe}: {answer.spent:,} of {answer.full:,} forward passes")
        for finding in answer.findings:
            why = f": {finding.reason}" if finding.status == "not measured" else ""
            typer.echo(f"  {finding.id} {finding.status}{why}")
    typer.echo(f"{found.spent:,} of {found.budget:,} passes spent. Card: {RunFolder(directory).card}")
