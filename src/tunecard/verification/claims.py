"""Which claims were checked how, and which could not be: every finding once, under the strongest check it passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tunecard.evidence import Finding, Findings
from tunecard.verification.report import Check, Claim

AGAIN = "predicted, run or hashed again from the base and the data (--deep)"
FROM_PREDICTIONS = "recomputed from the stored predictions"
FROM_FILES = "read again from the files in the folder"
FROM_FINDINGS = "follow from other findings"
BROKEN = "asked about in a check that failed"
GAPS = "say that nothing is known, and why"
DECLARED = "declared: only the one who declared can answer for them"
ONCE = "measured once, on the author's machine: rendered and hashed, not measured again"

# Names of the checks by what they stand on, the strongest first.
GROUNDS: dict[str, tuple[str, ...]] = {
    AGAIN: ("predicted again", "base", "reloaded with stock PEFT", "get-started output", "data", "update sizes"),
    FROM_PREDICTIONS: ("scores", "rows", "kept epoch"),
    FROM_FILES: ("adapter", "tokenizer", "labels", "settings", "get-started code"),
    FROM_FINDINGS: ("arithmetic", "course", "costs"),
}
UNCHECKED: dict[str, Callable[[Finding], bool]] = {
    GAPS: lambda finding: finding.status == "not measured",
    DECLARED: lambda finding: finding.status == "declared",
    ONCE: lambda finding: True,
}


def claims_of(findings: Findings, checks: Sequence[Check]) -> tuple[Claim, ...]:
    """Every finding under the way in which it was checked; ways that no finding went are left out."""
    how = {finding.id: _how(finding, checks) for finding in findings}
    ways = [*GROUNDS, BROKEN, *UNCHECKED]
    found = {way: tuple(id for id, taken in how.items() if taken == way) for way in ways}
    return tuple(Claim(way, way in GROUNDS, ids) for way, ids in found.items() if ids)


def unchecked_headline(findings: Findings, checks: Sequence[Check]) -> str | None:
    """The headline's id when no passed check covers it; None when one does or there is no score."""
    headline = findings.value("results.headline")
    if not isinstance(headline, str) or headline not in findings:
        return None
    return None if any(headline in check.covered for check in checks if check.ok) else headline


def _how(finding: Finding, checks: Sequence[Check]) -> str:
    for way, names in GROUNDS.items():
        if any(check.name in names and check.ok and finding.id in check.covered for check in checks):
            return way
    if any(check.ok is False and finding.id in check.covered for check in checks):
        return BROKEN
    return next(way for way, holds in UNCHECKED.items() if holds(finding))
