"""The card: findings in, Markdown and pictures out.

This room may only quote. It knows the Hub's template, Markdown and YAML; it must not know how a value was measured, and
it imports nothing that could compute one. `render_card` is pure: the same findings give the same bytes, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tunecard.card.document import Card, count_card, make_card, render_card
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import json_text, write_text
from tunecard.version import RENDERER_VERSION

__all__ = [
    "RENDERER_VERSION",
    "Card",
    "count_card",
    "known_figures",
    "make_card",
    "render_bom",
    "render_card",
    "render_croissant",
    "render_dataset_card",
    "render_page",
    "write_cards",
    "write_figures",
]


def render_dataset_card(findings: Findings) -> str:
    """DATASET_CARD.md of a run, in the Hub's dataset template: what `data.*` says, and what nobody declared."""
    from tunecard.card.dataset.card import dataset_card_of

    return dataset_card_of(findings)


def render_page(card: str, findings: Findings, pictures: Mapping[str, bytes]) -> str:
    """card.html of a run: the card and all its records in one page that needs no network and no script.

    Args:
        card: README.md of the findings.
        pictures: path as the card names it, e.g. `figures/scores.png` -> its bytes.
    """
    from tunecard.card.page import page_of

    return page_of(card, findings, pictures)


def render_bom(findings: Findings) -> str:
    """bom.json of a run: a bill of materials in CycloneDX 1.7, with the model card that the format has room for."""
    from tunecard.card.bom import bom_of

    return json_text(bom_of(findings))


def write_cards(folder: RunFolder, card: Card) -> None:
    """Writes the card in all its forms beside the pictures that are there: README.md, DATASET_CARD.md,
    croissant.json, page and bill.

    Raises: MachineError: the disk is full or the folder cannot be written.
    """
    write_text(folder.dataset_card, render_dataset_card(card.findings))
    write_text(folder.croissant, render_croissant(card.findings))
    write_text(folder.card, card.markdown)
    write_text(folder.page, render_page(card.markdown, card.findings, folder.pictures()))
    write_text(folder.bom, render_bom(card.findings))


def render_croissant(findings: Findings) -> str:
    """croissant.json of a run: the data set for machines, by the same findings as DATASET_CARD.md."""
    from tunecard.card.dataset.croissant import croissant_of

    return croissant_of(findings)


def known_figures() -> set[str]:
    """The file names of all pictures that a card may show."""
    from tunecard.card.pictures import PICTURES

    return {f"{name}.png" for name in PICTURES}


def write_figures(folder: RunFolder, findings: Findings) -> list[Path]:
    """Draws the pictures that the card shows into `folder.figures` and removes those it no longer shows.

    Returns: the files written; the same findings give the same bytes with the same matplotlib.
    Raises: MachineError: the disk is full or the folder cannot be written.
    """
    from tunecard.card.pictures import draw_figures

    return draw_figures(folder.figures, findings)
