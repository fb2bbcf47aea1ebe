"""Every record of the run as a row of the page: where the figures of the card lead."""

from __future__ import annotations

import html
import json

from tunecard.card.markdown import one_line
from tunecard.evidence import Finding, Findings

LONGEST = 240
LONGEST_HOVER = 160
HEADER = ("", "finding", "value", "95 % interval or range", "n", "how it is known", "file")


def records_table(findings: Findings) -> str:
    """A section with one row for each record; row 17 has the id `record-17`."""
    header = "".join(f"<th>{title}</th>" for title in HEADER)
    rows = "\n".join(_row(number, finding) for number, finding in enumerate(findings, start=1))
    lead = "Every record of evidence.json; long values are cut here."
    return (
        f'<h2 id="records">Records</h2>\n<p>{lead}</p>\n<div class="scroll"><table class="records">\n'
        f"<thead><tr>{header}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def hover_of(finding: Finding) -> str:
    """What a link to the record tells on hover: its id, status, n and how it is known."""
    parts = [finding.id, finding.status]
    parts += [f"n = {finding.n}"] if finding.n is not None else []
    parts += [finding.reason or finding.method or ""]
    return one_line("; ".join(part for part in parts if part), LONGEST_HOVER)


def _row(number: int, finding: Finding) -> str:
    said = finding.reason or finding.method or ""
    how = said if said.startswith(finding.status) else ": ".join(part for part in (finding.status, said) if part)
    interval = "" if finding.interval is None else f"{finding.interval[0]:.6g} to {finding.interval[1]:.6g}"
    cells = [
        f"<td>{number}</td>",
        f"<td{_label(1)}><code>{_text(finding.id)}</code></td>",
        f'<td class="value"{_label(2)}>{_text(_value(finding))}</td>',
        f"<td{_label(3)}>{interval}</td>",
        f"<td{_label(4)}>{'' if finding.n is None else finding.n}</td>",
        f"<td{_label(5)}>{_text(how)}</td>",
        f"<td{_label(6)}>{_text(finding.source.file if finding.source else '')}</td>",
    ]
    return f'<tr id="record-{number}">{"".join(cells)}</tr>'


def _label(column: int) -> str:
    """The heading of a column, told by its cells on a narrow screen."""
    return f' data-label="{HEADER[column]}"'


def _value(finding: Finding) -> str:
    if finding.value is None:
        return ""
    text = finding.value if isinstance(finding.value, str) else json.dumps(finding.value, ensure_ascii=False)
    return f"{text} {finding.unit}" if finding.unit else text


def _text(value: str) -> str:
    return html.escape(one_line(value, LONGEST))
