"""The types or classes of a finished run in a few lines: the worst first, as many as a screen has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.card import facts
from tunecard.card.numbers import count, score, score_range
from tunecard.cli.counts import cut

if TYPE_CHECKING:
    from tunecard.evidence import Finding, Findings

MOST_SHOWN = 8
NAME_COLUMNS = 28
METRIC = "f1"


def group_rows(findings: Findings) -> list[list[str]]:
    """Name, F1, interval and n of each group that is shown, in cells; those clearly below the whole say so."""
    weak = facts.weak_parts(findings)
    return [_row(name, finding, finding.id in weak) for name, finding in _scored(findings)[:MOST_SHOWN]]


def group_title(findings: Findings) -> str:
    """What stands above the rows."""
    return f"F1 by {facts.group_word(findings)}, worst first"


def left_out(findings: Findings) -> str:
    """How many groups the card has besides; nothing where it has no other."""
    rest = len(facts.groups(findings, facts.scored_split(findings))) - min(len(_scored(findings)), MOST_SHOWN)
    return f"and {rest:,} more in the card" if rest else ""


def _scored(findings: Findings) -> list[tuple[str, Finding]]:
    """(name, F1) of every group that has one, worst first."""
    known = facts.groups(findings, facts.scored_split(findings))
    found = [(name, metrics[METRIC]) for name, metrics in known.items() if METRIC in metrics]
    scored = [(value, name, finding) for name, finding in found if (value := facts.number_of(finding)) is not None]
    return [(name, finding) for _, name, finding in sorted(scored, key=lambda one: one[:2])]


def _row(name: str, finding: Finding, is_weak: bool) -> list[str]:
    within = score_range(finding.interval) if finding.interval else ""
    n = f"n = {count(finding.n)}" if finding.n is not None else ""
    return [
        cut(name, NAME_COLUMNS), score(facts.number_of(finding) or 0.0), within,
        f"{n}, clearly below the whole" if is_weak else n,
    ]  # fmt: skip
