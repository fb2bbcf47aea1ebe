"""`tunecard verify`."""

from __future__ import annotations

import typer

from tunecard.cli.arguments import AsJson, Directory


def verify(directory: Directory, json: AsJson = False) -> None:
    """Is a run folder consistent with its own evidence?

    Compares hashes, renders the cards again byte for byte, and computes every score again from the stored predictions.
    Runs nothing that stands in the folder. Exit code 1 when a check fails.
    """
    from tunecard.cli.output import print_json, stdout_console
    from tunecard.verification import render_report
    from tunecard.verification import verify as check

    report = check(directory)
    if json:
        print_json(report.to_json())
    else:
        render_report(report, stdout_console())
    if not report.ok:
        raise typer.Exit(1)
