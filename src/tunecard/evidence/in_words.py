"""A finding, many of them, or a run folder in a line: what a prompt and a notebook show first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tunecard.errors import RunFolderError
from tunecard.printable import printable

if TYPE_CHECKING:
    from tunecard.evidence.finding import Finding, Findings
    from tunecard.evidence.ledger import RunFolder

SHOWN = 80


def finding_in_words(finding: Finding) -> str:
    """One finding: its id, its value, what is known of its error, and how it is known."""
    if finding.status == "not measured":
        return f"Finding({cut(finding.id)}: not measured, {cut(finding.reason)})"
    return f"Finding({cut(finding.id)} = {_value_of(finding)}, {finding.status})"


def findings_in_words(findings: Findings) -> str:
    """How many there are, by how they are known."""
    known = Counter(finding.status for finding in findings)
    return f"Findings({len(findings)}: {', '.join(f'{n} {status}' for status, n in known.items()) or 'none yet'})"


def headline_in_words(findings: Findings) -> str:
    """The headline score with its interval, such as "Strict F1 0.631 [0.610, 0.652] on test"; "" without one."""
    headline = findings.value("results.headline")
    finding = findings.get(headline) if isinstance(headline, str) else None
    if finding is None or not isinstance(finding.value, int | float):
        return ""
    return f"{cut(finding.name)} {_value_of(finding)} on {cut(finding.split)}"


def folder_in_words(folder: RunFolder) -> str:
    """A run folder: where it is, what it is of, and how good."""
    try:
        findings = folder.read_findings()
    except RunFolderError:
        said = "evidence.json cannot be read" if folder.evidence.is_file() else "no evidence yet"
        return f"RunFolder({str(folder.path)!r}: {said})"
    about = f"{findings.value('task.name', 'no task')} on {findings.value('base_model.id', 'no base')}"
    parts = [cut(about, 120), headline_in_words(findings) or "not scored"]
    return f"RunFolder({str(folder.path)!r}: {', '.join(parts)})"


def cut(value: Any, most: int = SHOWN) -> str:
    """A value on one line of bounded length."""
    said = printable(" ".join(str(value)[: 50 * most].split()))
    return said if len(said) <= most else said[: most - 3] + "..."


def _value_of(finding: Finding) -> str:
    value, unit = finding.value, f" {cut(finding.unit)}" if finding.unit else ""
    shown = f"{value:.3g}" if isinstance(value, float) else cut(value) if value is not None else ""
    interval = f"[{finding.interval[0]:.3g}, {finding.interval[1]:.3g}]" if finding.interval else ""
    return " ".join(part for part in (shown, interval) if part) + unit
