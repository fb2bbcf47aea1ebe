"""The card: findings in, Markdown and pictures out.

This room may only quote. It knows the Hub's template, Markdown and YAML; it must not know how a value was measured, and
it imports nothing that could compute one. `render_card` is pure: the same findings give the same bytes, everywhere.
"""

from __future__ import annotations

from pathlib import Path

from tunecard.card.document import RENDERER_VERSION
from tunecard.evidence import Finding, Findings, RunFolder

__all__ = ["RENDERER_VERSION", "count_card", "render_card", "render_dataset_card", "write_figures"]


def render_card(findings: Findings) -> str:
    """README.md of a run: YAML metadata and the Hub's template, every field answered or its gap explained.

    Returns: Markdown that ends with a newline. No clock, file or environment is read.
    """
    from tunecard.card.document import card_of

    return card_of(findings)


def count_card(findings: Findings) -> list[Finding]:
    """`card.*`: what the card says of itself, counted over the other findings; to be recorded before it is rendered."""
    from tunecard.card.document import counts_of

    return counts_of(findings)


def render_dataset_card(findings: Findings) -> str:
    """DATASET_CARD.md of a run, in the Hub's dataset template: what `data.*` says, and what nobody declared."""
    from tunecard.card.dataset_card import dataset_card_of

    return dataset_card_of(findings)


def write_figures(folder: RunFolder, findings: Findings) -> list[Path]:
    """Draws the pictures that the card shows into `folder.figures` and removes those it no longer shows.

    Returns: the files written; the same findings give the same bytes with the same matplotlib.
    Raises: MachineError: the disk is full or the folder cannot be written.
    """
    from tunecard.card.drawing import draw_figures

    return draw_figures(folder.figures, findings)
