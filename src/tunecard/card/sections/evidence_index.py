"""The index of evidence: every finding behind the card, and the command that asks again."""

from __future__ import annotations

import json
from collections import Counter

from tunecard.card.answer import Answer
from tunecard.card.markdown import code, details, escape, left_table, prose
from tunecard.card.numbers import count, difference_range
from tunecard.evidence import Finding, Findings

LONGEST = 60
FOLDED = 30


def answers(findings: Findings) -> dict[str, Answer]:
    """`more_information`."""
    number = count(len(findings))
    lead = (
        f"Every figure above stands in [evidence.json](evidence.json): {number} findings, each with its method. "
        "`tunecard verify DIR` checks the files' hashes, renders this card again and recomputes the scores "
        "from `predictions/`. Consistent is not the same as reproduced by somebody else."
    )
    if len(findings) == 0:
        return {"more_information": Answer(lead, "derived")}
    shown, folded = _rows(findings)
    body = left_table(["finding", "value", "n", "how", "file"], shown)
    note = f"\n\nOnly in evidence.json: {', '.join(folded)}." if folded else ""
    block = details(f"Evidence: {len(shown)} of {len(findings)} findings", body + note)
    return {"more_information": Answer(f"{lead}\n\n{block}", "derived")}


def _rows(findings: Findings) -> tuple[list[list[str]], list[str]]:
    """Table rows, and the families too long to list ("results.test.class.*, 231 findings")."""
    families = Counter(_family(finding.id) for finding in findings)
    long = {family: number for family, number in families.items() if family and number > FOLDED}
    rows = [_row(finding) for finding in findings if _family(finding.id) not in long]
    return rows, [f"{code(family + '.')[:-1]}*` ({count(number)})" for family, number in long.items()]


def _family(id: str) -> str:
    """`results.test.class` for `results.test.class.refund.f1`; empty for findings that stand alone."""
    parts = id.split(".")
    return ".".join(parts[:3]) if parts[0] == "results" and len(parts) > 4 else ""


def _row(finding: Finding) -> list[str]:
    said = finding.reason or finding.method or ""
    how = said if said.startswith(finding.status) else ": ".join(part for part in (finding.status, said) if part)
    file = code(finding.source.file, LONGEST) if finding.source else ""
    n = count(finding.n) if finding.n is not None else ""
    return [code(finding.id, 90), _value(finding), n, prose(how, 90), file]


def _value(finding: Finding) -> str:
    interval = ""
    if finding.interval is not None:
        low, high = finding.interval
        exact = difference_range(finding.interval) if low < 0 else f"{low:.4g}-{high:.4g}"
        interval = f" ({exact})" if finding.value is not None else exact
    value = finding.value
    if value is None:
        return interval or "-"
    if isinstance(value, float):
        return f"{value:.5g}{interval}"
    if isinstance(value, bool | int):
        return (str(value).lower() if isinstance(value, bool) else str(value)) + interval
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape(text, LONGEST) + interval
