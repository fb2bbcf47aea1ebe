"""In what frozen layers were multiplied while others learned, where that is not as the precision says, and its cost."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.numbers import count, percent
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

PRODUCTS = "training.frozen_products"
# Of gradients, by length: beyond it steps lead noticeably elsewhere than the regime's own would.
MUCH = 0.25


def products_told(findings: Findings) -> str:
    """What goes on behind the regime; "" where that says it all."""
    record, moved = findings.get(PRODUCTS), facts.mapping_of(findings, PRODUCTS)
    if not moved or record is None:
        return ""
    told = ", ".join(f"{name} {percent(facts.amount(moved.get(name)))}" for name in ("loss", "logits", "gradients"))
    off = cite(findings, PRODUCTS, f"{told} ({count(record.n or 0)} rows of validation)")
    return (
        "; products of frozen layers in int8, with a scale for every output channel and every row: before the first "
        f"step off by {off}"
    )


def limits(findings: Findings) -> list[str]:
    """Gradients that were far from those of the regime."""
    moved = facts.mapping_of(findings, PRODUCTS)
    off = facts.amount(moved.get("gradients"))
    if off < MUCH:
        return []
    return [
        "**Learned by coarse products:** before the first step the gradients by frozen layers in int8 were "
        f"{cite(findings, PRODUCTS, percent(off))} off those by the regime; the results tell its score with both."
    ]
