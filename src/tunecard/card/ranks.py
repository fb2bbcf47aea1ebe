"""Ranks that are not simply those of the recipe: of what is shipped wider, and of modules that competed for them."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.numbers import count, significant
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

WIDENING, RANKS = "adapter.widening", "adapter.ranks"


def widening_line(findings: Findings) -> str:
    """What was trained beside what is shipped; empty where they are the same."""
    told = facts.mapping_of(findings, WIDENING)
    if not told:
        return ""
    trained = cite(findings, WIDENING, f"{count(told['trained_parameters'])} parameters at rank {told['trained_rank']}")
    shipped = cite(findings, WIDENING, f"rank {told['shipped_rank']}")
    moved = told.get("largest_difference")
    how_far = "" if moved is None else f"; no logit of a probe batch moved by more than {_cited(findings, moved)}"
    return (
        f"Its start took a part of the base's weights, and {trained} were trained on the rest. Shipped is the "
        f"difference to that start, a plain low-rank update of {shipped} on the base as it was{how_far}."
    )


def ranks_line(findings: Findings) -> str:
    """How many ranks modules have left of a budget; empty where none was cut."""
    ranks = facts.mapping_of(findings, RANKS)
    if not ranks:
        return ""
    spread = cite(findings, RANKS, f"{min(ranks.values())} to {max(ranks.values())}")
    return f"Modules have kept ranks of {spread} each, by what mattered to the loss."


def _cited(findings: Findings, value: Any) -> str:
    return cite(findings, WIDENING, significant(float(value)))
