"""What the page has room for and README.md leaves out: the rule behind each setting, all packages, largest updates."""

from __future__ import annotations

from tunecard.card.record_links import definitions
from tunecard.card.sections.examination import sizes_table
from tunecard.card.sections.specifications import all_software
from tunecard.card.sections.training import settings_table
from tunecard.evidence import Findings


def appendix(findings: Findings) -> str:
    """Markdown that follows the card's own, with the definitions of its links; "" where nothing is known."""
    parts = {
        "All Settings": settings_table(findings),
        "All Software": all_software(findings),
        "Largest Updates": sizes_table(findings),
    }
    text = "\n\n".join(f"## {heading}\n\n{part}" for heading, part in parts.items() if part)
    return f"\n\n{text}\n\n{definitions(findings, text)}\n" if text else ""
