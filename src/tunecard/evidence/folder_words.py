"""A run folder in a line: where it is, what it is of, and how good."""

from __future__ import annotations

from pathlib import Path

from tunecard.evidence.finding import Findings
from tunecard.evidence.in_words import cut, value_in_words


def headline_in_words(findings: Findings) -> str:
    """The headline score with its interval, such as "Strict F1 0.631 [0.610, 0.652] on test"; "" without one."""
    headline = findings.value("results.headline")
    finding = findings.get(headline) if isinstance(headline, str) else None
    if finding is None or not isinstance(finding.value, int | float):
        return ""
    shown = value_in_words(finding.value, finding.unit, finding.interval)
    return f"{cut(finding.name)} {shown} on {cut(finding.split)}"


def folder_in_words(path: Path, findings: Findings | None, *, is_there: bool) -> str:
    """A run folder.

    Args:
        findings: None where they cannot be read, or are not there.
        is_there: whether the file of evidence is.
    """
    if findings is None:
        said = "evidence.json cannot be read" if is_there else "no evidence yet"
        return f"RunFolder({str(path)!r}: {said})"
    about = f"{findings.value('task.name', 'no task')} on {findings.value('base_model.id', 'no base')}"
    parts = [cut(about, 120), headline_in_words(findings) or "not scored"]
    return f"RunFolder({str(path)!r}: {', '.join(parts)})"


def other_answers_in_words(findings: Findings, predictor: str) -> str:
    """What share of the adapter's answers are others where `predictor` gives them, on validation, else on test; ""
    where the run counted none."""
    for split in ("validation", "test"):
        found = findings.get(f"difference.{predictor}.{split}.flips")
        if found is not None and isinstance(found.value, int | float):
            shown = value_in_words(found.value, found.unit, found.interval)
            return f"{shown} of {found.n} answers on {split} were others in its run"
    return ""
