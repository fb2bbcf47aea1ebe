"""The report as a person sees it, in 80 columns: checks by outcome, claims by how they were checked, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.verification.report import LIMIT, Report, verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MARKS = {False: ("failed", "bold red"), None: ("not made", "yellow"), True: ("passed", "green")}


def render_report(report: Report, console: Console) -> None:
    """Prints failed checks first, then those not made, then those passed; then the claims and the verdict."""
    from rich.text import Text

    console.print(_checks(report))
    if report.claims:
        console.print(_claims(report))
    is_loud = not report.ok or report.unchecked_headline is not None or bool(report.not_made)
    console.print(Text(verdict(report), style="bold red" if is_loud else "bold green"))
    if report.ok:
        console.print(Text(LIMIT, style="dim"))


def _checks(report: Report) -> Table:
    from rich.text import Text

    table = _grid()
    for ok, (word, style) in MARKS.items():
        for check in report.checks:
            if check.ok is ok:
                table.add_row(Text(word, style=style), Text(check.name), Text(check.detail))
    return table


def _claims(report: Report) -> Table:
    from rich.text import Text

    table = _grid()
    for claim in report.claims:
        word, style = ("checked", "green") if claim.is_checked else ("unchecked", "yellow")
        table.add_row(Text(word, style=style), Text(f"{len(claim.ids)}", justify="right"), Text(claim.how))
    return table


def _grid() -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table
