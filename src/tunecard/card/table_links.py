"""Which cells of a card's tables have no link of their own and belong to that of their row or of their heading."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from tunecard.card.record_links import linked_cells
from tunecard.evidence.ledger import EVIDENCE

RECORDS = EVIDENCE + "#"


def shared_links(tokens: Sequence[Token]) -> dict[int, str]:
    """Place of a cell's inline token among `tokens` -> where the link to a record leads that it shares."""
    found: dict[int, str] = {}
    headings: list[str | None] = []
    row: list[str | None] = []
    kind = ""
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            headings = []
        elif token.type == "tr_open":
            row = []
        elif token.type in ("th_open", "td_open", "th_close", "td_close"):
            kind = token.tag if token.nesting > 0 else ""
        elif token.type == "inline" and kind:
            children = token.children or []
            (headings if kind == "th" else row).append(record_of(children))
            shared = linked_cells(headings, row)[-1] if kind == "td" else None
            if shared is not None and not any(child.type == "link_open" for child in children):
                found[place] = shared
    return found


def record_of(children: Sequence[Token]) -> str | None:
    """Where the first link to a record among them leads."""
    hrefs = (str(child.attrGet("href") or "") for child in children if child.type == "link_open")
    return next((href for href in hrefs if href.startswith(RECORDS)), None)
