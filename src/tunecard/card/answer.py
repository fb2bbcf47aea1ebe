"""One field's answer and how it is known, with the status label that a reader sees and the audit reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import escape, paragraphs, prose
from tunecard.evidence import Finding, Findings

StatusLabel = Literal["measured", "derived", "declared", "not measured", "not declared"]
NOT_DECLARED = "Not Declared"  # heading of the list of what is open
_PLACEHOLDER = re.compile(r"(?i)more\s+information\s+needed")  # copied from an empty card: it declares nothing
_BLOCK_ENDS = ("|", "```", "</details>", "![")
_BLOCK_STARTS = ("- ", "> ")


@dataclass(frozen=True)
class Answer:
    """Markdown of one field and how it is known: a label in italics at the end of the field."""

    text: str
    status: StatusLabel

    @property
    def markdown(self) -> str:
        """The text with its label: on the same line, or below a table, list, picture or code block."""
        last = self.text.rstrip().rsplit("\n", 1)[-1]
        is_block = last.startswith((*_BLOCK_ENDS, *_BLOCK_STARTS))
        return f"{self.text.rstrip()}{chr(10) * 2 if is_block else ' '}*{self.status}*"


def status_of(finding: Finding | None) -> StatusLabel:
    """The status of an answer that quotes this finding; one that was never recorded is not measured."""
    return "not measured" if finding is None else finding.status


def gap(finding: Finding | None) -> str:
    """Why there is nothing: the finding's reason, or that no stage recorded it."""
    if finding is None or not finding.reason:
        return "Not measured (not recorded)."
    text = prose(finding.reason).rstrip(".")
    return text + "." if text.lower().startswith("not ") else f"Not measured: {text}."


def undeclared(key: str) -> str:
    """Which key of the recipe fills this gap; how, stands once below `NOT_DECLARED`."""
    return f"Open: `card.{key}`."


def declared_text(findings: Findings, key: str) -> str | None:
    """What a person declared under `card.KEY`, made inert on one line; None when nobody did."""
    value = declared_value(findings, key)
    return None if value is None else escape(value)


def declared_paragraphs(findings: Findings, key: str) -> str | None:
    """What a person declared under `card.KEY` as inert paragraphs; None when nobody did."""
    value = declared_value(findings, key)
    return None if value is None else paragraphs(value)


def declared_value(findings: Findings, key: str) -> str | None:
    """The declared value as text (a list joined by commas), or None."""
    finding = findings.get(f"declared.{key}")
    if finding is None or finding.status == "not measured" or finding.value is None:
        return None
    value = finding.value
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if text.strip() and not _PLACEHOLDER.search(text) else None


def declared_answer(findings: Findings, key: str, shown: str | None) -> Answer:
    """A one-line field that only a person can fill: what is shown with who declared it, or how to fill the gap."""
    if shown is None:
        return Answer(undeclared(key), "not declared")
    return Answer(shown + declared_note(findings, key), "declared")
