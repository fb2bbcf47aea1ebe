"""A verification in a line and in a notebook: the verdict first, what failed open, what passed folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard import notebook
from tunecard.printable import printable

if TYPE_CHECKING:
    from tunecard.verification.report import Check, Claim, Report

MARKS = {False: "failed", None: "not made", True: "passed"}


def check_in_words(check: Check) -> str:
    """One check in a line."""
    return f"Check({check.name!r} {MARKS[check.ok]}: {_cut(check.detail)})"


def claim_in_words(claim: Claim) -> str:
    """One claim in a line."""
    return f"Claim({len(claim.ids)} findings {_cut(claim.how)})"


def report_in_words(report: Report) -> str:
    """How it came out, and how many checks of each outcome there are."""
    outcomes = (False, True, None)
    counted = ", ".join(f"{_count(report, ok)} {MARKS[ok]}" for ok in outcomes if _count(report, ok))
    failed = [check.name for check in report.checks if check.ok is False]
    named = f" ({_cut(', '.join(failed))})" if failed else ""
    return f"Report({'consistent' if report.ok else 'NOT consistent'}: {counted or 'no checks'}{named})"


def report_as_html(report: Report, verdict: str, limit: str) -> str:
    """The verdict, then the checks by outcome and the claims by how they were checked."""
    is_loud = report.unchecked_headline is not None or bool(report.not_made)
    ok = False if not report.ok else None if is_loud else True
    return notebook.box(
        "Verification",
        notebook.verdict(verdict, ok),
        _checks(report, False, is_open=True),
        _checks(report, None, is_open=is_loud),
        _checks(report, True, is_open=False),
        notebook.folded("What was checked, and how", notebook.table(("findings", "how"), _claims(report))),
        notebook.text(limit) if report.ok else "",
    )


def _checks(report: Report, ok: bool | None, *, is_open: bool) -> str:
    rows = [[check.name, check.detail] for check in report.checks if check.ok is ok]
    return notebook.folded(f"{len(rows)} {MARKS[ok]}", notebook.table(("check", "what"), rows), is_open=is_open)


def _claims(report: Report) -> list[list[object]]:
    return [[len(claim.ids), claim.how if claim.is_checked else f"unchecked: {claim.how}"] for claim in report.claims]


def _count(report: Report, ok: bool | None) -> int:
    return sum(check.ok is ok for check in report.checks)


def _cut(said: str, most: int = 80) -> str:
    said = printable(said[: most + 1])
    return said if len(said) <= most else said[: most - 3] + "..."
