"""From a figure in a card to its record: a numbered reference link, the same form in every section.

`[0.741][120]` shows as 0.741 and leads to the line of evidence.json on which record 120 begins; the definitions at the
end of the file say which line that is. A record that a whole card cites once has its line in the link itself, which
is shorter. In a table one link serves its row (what follows it there), and a link in a
heading serves the column below: `linked_cells` says which cell belongs to which link.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tunecard.evidence import Findings
from tunecard.evidence.ledger import EVIDENCE, record_lines

_CITED = re.compile(r"\]\[(\d+)\]")
_CODE = re.compile(r"(^```.*?^```$|(?<!\\)`[^`\n]*`)", re.MULTILINE | re.DOTALL)  # what looks like a link there is none


def cite(findings: Findings, id: str, shown: str) -> str:
    """`shown` as a link to the record of `id`; as it is when there is no such record.

    Args:
        shown: Markdown without a link of its own, such as a formatted number.
    """
    position = findings.position(id)
    return shown if position is None or not shown else f"[{shown}][{position}]"


def with_targets(findings: Findings, body: str) -> str:
    """A whole card's text with the line of evidence.json that each of its links leads to."""
    lines = record_lines(findings)
    body = _with_single_links(lines, body)
    records = _definitions(lines, body)
    return body + (f"\n{records}\n" if records else "")


def _with_single_links(record_at: Sequence[int], body: str) -> str:
    """The text with the target inside the link, for each record that is cited once."""
    times = Counter(_CITED.findall(body))
    lines = {str(number): line for number, line in enumerate(record_at, 1)}

    def in_place(cited: re.Match[str]) -> str:
        number = cited[1]
        return f"]({EVIDENCE}#L{lines[number]})" if times[number] == 1 and number in lines else cited[0]

    pieces = _CODE.split(body)  # text and code by turns
    return "".join(piece if place % 2 else _CITED.sub(in_place, piece) for place, piece in enumerate(pieces))


def definitions(findings: Findings, markdown: str) -> str:
    """The reference definitions of every record that `markdown` cites, a line each; empty when it cites none."""
    return _definitions(record_lines(findings), markdown)


def _definitions(lines: Sequence[int], markdown: str) -> str:
    cited = sorted({int(number) for number in _CITED.findall(markdown)})
    return "\n".join(f"[{number}]: {EVIDENCE}#L{lines[number - 1]}" for number in cited if number <= len(lines))


def linked_cells(headings: Sequence[str | None], row: Sequence[str | None]) -> list[str | None]:
    """Where the cells of a table's row lead: to their own link, else to that of the nearest cell on their left, else
    to that of their heading.

    Args:
        headings, row: the target of the link in each cell; None where a cell has none.

    >>> linked_cells([None, "#a", "#b", None], [None, None, "#c", None])
    [None, '#a', '#c', '#c']
    """
    targets, last = [], None
    for place, own in enumerate(row):
        last = own or last
        targets.append(last or (headings[place] if place < len(headings) else None))
    return targets
