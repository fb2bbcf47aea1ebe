"""The report as a person reads it, on one screen: the verdict, what failed, what was not made, the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tunecard.verification.report import LIMIT, TIERS, Check, Report, doubts, headline

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NOT_REPRODUCED = "Consistent is not the same as reproduced by somebody else."


def render_report(report: Report, console: Console, *, verbose: bool = False) -> None:
    """Prints the verdict, failed checks in full, those not made by their reason, those passed, and the claims.

    Args:
        verbose: each passed check with what was compared, in the place of a line a kind; and the records by how they
            were checked, in the place of two numbers.
    """
    _verdict(report, console)
    failed, not_made, passed = ([check for check in report.checks if check.ok is ok] for ok in (False, None, True))
    if failed:
        _block(console, "Failed", _details(failed), "bold red")
    if not_made:
        _block(console, "Not made", _by_reason(not_made))
    if passed:
        title = "Passed" if verbose else "Passed (--verbose shows each)"
        _block(console, title, _details(passed) if verbose else _by_tier(passed))
    if report.claims and verbose:
        _block(console, "What is recorded, by how it was checked", _claims(report))
    elif report.claims:
        _say(console, f"\n{_counted_claims(report)}")
    if report.ok:
        _say(console, f"\n{LIMIT}", "dim")


def _verdict(report: Report, console: Console) -> None:
    said = doubts(report)
    _say(console, headline(report), "bold" if report.ok and not said else "bold red")
    for sentence in said:
        _say(console, sentence, "bold red")
    if report.ok:
        _say(console, NOT_REPRODUCED)


def _block(console: Console, title: str, table: Table, style: str = "bold") -> None:
    _say(console, f"\n{title}", style)
    console.print(table)


def _say(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(text, style=style))


def _details(checks: Iterable[Check]) -> Table:
    return _rows([(check.name, check.detail) for check in checks])


def _by_reason(checks: Sequence[Check]) -> Table:
    """One row a reason, with the checks that it kept from being made."""
    reasons = dict.fromkeys(check.detail for check in checks)
    names = {reason: ", ".join(check.name for check in checks if check.detail == reason) for reason in reasons}
    if len(reasons) == len(checks):
        return _rows([(name, reason) for reason, name in names.items()])
    counts = {reason: sum(check.detail == reason for check in checks) for reason in reasons}
    return _rows([(f"{counts[reason]}", f"{reason}: {name}") for reason, name in names.items()])


def _by_tier(checks: Sequence[Check]) -> Table:
    """One row a kind of asking: how many, and which."""
    names = {tier: [check.name for check in checks if check.tier == tier] for tier in TIERS}
    return _rows([(tier, f"{len(several)}", ", ".join(several)) for tier, several in names.items() if several])


def _counted_claims(report: Report) -> str:
    whole = sum(len(claim.ids) for claim in report.claims)
    checked = sum(len(claim.ids) for claim in report.claims if claim.is_checked)
    return f"{checked} of {whole} records were checked, {whole - checked} were not: --verbose says how, and why."


def _claims(report: Report) -> Table:
    return _rows(
        [("checked" if claim.is_checked else "unchecked", f"{len(claim.ids)}", claim.how) for claim in report.claims]
    )


def _rows(rows: Sequence[tuple[str, ...]]) -> Table:
    """A table without lines; counts stand to the right, and the last column may be long."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for column in range(len(rows[0])):
        is_last = column == len(rows[0]) - 1
        is_count = all(row[column].isdecimal() for row in rows)
        table.add_column(no_wrap=not is_last, overflow="fold", justify="right" if is_count else "left")
    for row in rows:
        table.add_row(*(Text(cell if column else f"  {cell}") for column, cell in enumerate(row)))
    return table
