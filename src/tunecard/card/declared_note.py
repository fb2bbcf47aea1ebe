"""Who declared something and when, beside what was declared; visibly so where the adapter changed since."""

from __future__ import annotations

from collections.abc import Iterable

from tunecard.card.markdown import escape, prose
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings
from tunecard.evidence.declaring import FOR_ADAPTER, is_stale, read_declared


def declared_note(findings: Findings, key: str) -> str:
    """` ([by A. Author, 2026-11-20][87])`, or in bold that it was declared for other weights; "" where nobody did."""
    finding = findings.get(f"declared.{key}")
    if finding is None or finding.status != "declared":
        return ""
    if is_stale(finding):
        on = f" on {_when(finding)}" if read_declared(finding) else ""
        said = cite(findings, finding.id, f"declared for other weights{on}, not confirmed since")
        return f" (**{said}**)"
    return f" ({cite(findings, finding.id, _by(finding))})"


def what_is_stale(findings: Findings) -> str:
    """The declarations that the adapter's weights have outlived, and how they are confirmed; "" without any."""
    declared = [f for f in findings.under("declared") if f.status == "declared" and f.id != FOR_ADAPTER]
    stale = [finding for finding in declared if is_stale(finding)]
    if not stale:
        return ""
    return (
        f"**Declared for other weights and not confirmed since:** {_names(findings, stale)}. "
        "`tunecard card DIR --confirm` confirms them."
    )


def _names(findings: Findings, those: Iterable[Finding]) -> str:
    return ", ".join(cite(findings, finding.id, escape(finding.name, 60)) for finding in those)


def _by(finding: Finding) -> str:
    """`by A. Author, 2026-11-20`, `in recipe.yaml, 2026-11-20` where no name was given, or where else it stands."""
    said = read_declared(finding)
    if said is None:
        return prose((finding.method or "").removeprefix("declared").strip(), 120) or "by its author"
    return f"by {escape(said.who, 80)}, {said.when}" if said.who else f"in recipe.yaml, {said.when}"


def _when(finding: Finding) -> str:
    said = read_declared(finding)
    return said.when if said else ""
