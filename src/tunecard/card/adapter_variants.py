"""What an adapter does otherwise than its method plainly does, in one line."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.markdown import prose
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

ID = "adapter.variants"
LONGEST = 400  # characters of one variant


def variant_line(findings: Findings) -> str:
    """The variants that are switched on, as a sentence; empty where none is."""
    said = [prose(variant, LONGEST) for variant in facts.sequence_of(findings, ID)]
    return f"Variants: {cite(findings, ID, '; '.join(said))}." if said else ""
