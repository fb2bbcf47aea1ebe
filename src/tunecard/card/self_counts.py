"""What the card says of itself, as findings: how its fields are known and which checks its adapter passed.

They are counted from the other findings and recorded with them, so that these figures too lead to a record.
"""

from __future__ import annotations

from collections.abc import Mapping

from tunecard.card.reader_checks import checks_of
from tunecard.evidence import Finding, Findings, derived

FAMILY = "card"
FIELDS = f"{FAMILY}.fields"
CHECKS = f"{FAMILY}.checks"


def counted_findings(findings: Findings, states: Mapping[str, int]) -> list[Finding]:
    """`card.fields` and `card.checks`.

    Args:
        states: how many fields are measured, derived, declared or explained gaps.
    """
    checks = checks_of(findings)
    passed = {check.name: check.ok for check in checks if check.ok is not None}
    told = {
        "made": len(passed),
        "failed": sum(not ok for ok in passed.values()),
        "passed": sum(passed.values()),
        "by_name": passed,
    }
    how = "counted over the other findings by tunecard.card.count_card"
    return [
        derived(FIELDS, dict(states), method=how),
        derived(CHECKS, told, method=how),
    ]


def without_counted(findings: Findings) -> Findings:
    """The findings that say something of the adapter rather than of the card."""
    return Findings(finding for finding in findings if not finding.id.startswith(FAMILY + "."))
