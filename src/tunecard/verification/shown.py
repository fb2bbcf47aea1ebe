"""A verification in a line and in a notebook: the verdict first, what failed open, what passed folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from tunecard import notebook
from tunecard.printable import printable

ShownCheck: TypeAlias = tuple[str, bool | None, str]  # name, outcome, what was found
MARKS = {False: "failed", None: "not made", True: "passed"}


def check_in_words(name: str, ok: bool | None, detail: str) -> str:
    """One check in a line."""
    return f"Check({name!r} {MARKS[ok]}: {_cut(detail)})"


def claim_in_words(findings: int, how: str) -> str:
    """So many findings that were checked in one way, in a line."""
    return f"Claim({findings} findings {_cut(how)})"


def report_in_words(checks: Sequence[ShownCheck]) -> str:
    """How it came out, and how many checks of each outcome there are."""
    numbers = {ok: sum(check[1] is ok for check in checks) for ok in (False, True, None)}
    counted = ", ".join(f"{number} {MARKS[ok]}" for ok, number in numbers.items() if number)
    failed = [name for name, ok, _ in checks if ok is False]
    named = f" ({_cut(', '.join(failed))})" if failed else ""
    return f"Report({'NOT consistent' if failed else 'consistent'}: {counted or 'no checks'}{named})"


def report_as_html(
    checks: Sequence[ShownCheck], claims: Sequence[Sequence[object]], verdict: str, limit: str, *, is_loud: bool
) -> str:
    """The verdict, then the checks by outcome and the claims by how they were checked.

    Args:
        claims: number of findings, and how they were checked.
        limit: what no check can show; said where none failed.
        is_loud: whether what could not be made weighs on the verdict.
    """
    has_failed = any(ok is False for _, ok, _ in checks)
    return notebook.box(
        "Verification",
        notebook.verdict(verdict, False if has_failed else None if is_loud else True),
        _checks(checks, False, is_open=True),
        _checks(checks, None, is_open=is_loud),
        _checks(checks, True, is_open=False),
        notebook.folded("What was checked, and how", notebook.table(("findings", "how"), claims)),
        "" if has_failed else notebook.text(limit),
    )


def _checks(checks: Sequence[ShownCheck], wanted: bool | None, *, is_open: bool) -> str:
    rows = [[name, detail] for name, ok, detail in checks if ok is wanted]
    return notebook.folded(f"{len(rows)} {MARKS[wanted]}", notebook.table(("check", "what"), rows), is_open=is_open)


def _cut(said: str, most: int = 80) -> str:
    said = printable(said[: most + 1])
    return said if len(said) <= most else said[: most - 3] + "..."
