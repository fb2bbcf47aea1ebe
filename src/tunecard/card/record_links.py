"""From a figure in a card to its record: a numbered reference link, the same form in every section.

`[0.741][120]` shows as 0.741, leads to the line of evidence.json on which record 120 begins, and tells on hover what
the record says. In a terminal the definitions at the end of the file name the record behind each number.
"""

from __future__ import annotations

import re

from tunecard.card.markdown import one_line
from tunecard.evidence import Finding, Findings
from tunecard.evidence.ledger import EVIDENCE, record_lines

LONGEST = 160
_CITED = re.compile(r"\]\[(\d+)\]")
_TITLE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "&#92;"})


def cite(findings: Findings, id: str, shown: str) -> str:
    """`shown` as a link to the record of `id`; as it is when there is no such record.

    Args:
        shown: Markdown without a link of its own, such as a formatted number.
    """
    position = findings.position(id)
    return shown if position is None or not shown else f"[{shown}][{position}]"


def definitions(findings: Findings, markdown: str) -> str:
    """The reference definitions of every record that `markdown` cites, a line each; empty when it cites none."""
    cited = sorted({int(number) for number in _CITED.findall(markdown)})
    if not cited:
        return ""
    lines, known = record_lines(findings), list(findings)
    return "\n".join(
        f'[{number}]: {EVIDENCE}#L{lines[number - 1]} "{_title(known[number - 1])}"'
        for number in cited
        if number <= len(known)
    )


def _title(finding: Finding) -> str:
    """What a reader sees on hover: the record's id, status, n and how it is known."""
    parts = [finding.id, finding.status]
    parts += [f"n = {finding.n}"] if finding.n is not None else []
    parts += [finding.reason or finding.method or ""]
    return one_line("; ".join(part for part in parts if part), LONGEST).translate(_TITLE)
