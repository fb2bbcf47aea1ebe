"""What a verification says: one line a check, true, false, or not made; and how a person sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_PROBLEMS = 10


@dataclass(frozen=True)
class Check:
    """One question asked of a run folder.

    Attributes:
        name: stable short name, e.g. "scores".
        ok: True, False, or None when it could not be made.
        detail: what was compared; or what differs; or why nothing could be compared.
    """

    name: str
    ok: bool | None
    detail: str


@dataclass(frozen=True)
class Report:
    """All checks of one folder. A check that could not be made does not fail it."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(check.ok is not False for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """`{"ok": bool, "checks": [{"name", "ok", "detail"}]}`."""
        checks = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in self.checks]
        return {"ok": self.ok, "checks": checks}


def judged(name: str, problems: Sequence[str], passed: str) -> Check:
    """A check that fails with its problems, or passes with what was compared."""
    if not problems:
        return Check(name, True, passed)
    shown = list(problems[:SHOWN_PROBLEMS])
    if len(problems) > SHOWN_PROBLEMS:
        shown.append(f"and {len(problems) - SHOWN_PROBLEMS} more")
    return Check(name, False, "; ".join(shown))


def render_report(report: Report, console: Console) -> None:
    """Prints the report: failed checks first, then those not made, then those passed."""
    from rich.table import Table
    from rich.text import Text

    marks = {False: ("failed", "bold red"), None: ("not made", "yellow"), True: ("passed", "green")}
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for ok, (word, style) in marks.items():
        for check in report.checks:
            if check.ok is ok:
                table.add_row(Text(word, style=style), Text(check.name), Text(check.detail))
    console.print(table)
    console.print(Text(_verdict(report), style="bold green" if report.ok else "bold red"))


def _verdict(report: Report) -> str:
    failed = [check.name for check in report.checks if check.ok is False]
    if failed:
        return f"Not consistent: {len(failed)} of {len(report.checks)} checks failed ({', '.join(failed)})."
    passed = sum(check.ok is True for check in report.checks)
    return (
        f"Consistent: {passed} checks passed, {len(report.checks) - passed} could not be made. "
        "Consistent is not the same as reproduced by somebody else."
    )
