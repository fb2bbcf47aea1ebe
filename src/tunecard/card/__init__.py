"""The card: findings in, Markdown and pictures out.

This room may only quote. It knows the Hub's template, Markdown and YAML; it must not know how a value was measured, and
it imports nothing that could compute one. `render_card` is pure: the same findings give the same bytes, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tunecard.card.document import Card, count_card, make_card, render_card
from tunecard.card.facts import scored_split
from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, Predictions, RunFolder
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
    "render_eval_records",
    "render_eval_results",
    "render_page",
    "stored_answers",
    "write_cards",
    "write_eval_records",
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


def render_eval_records(
    findings: Findings, answers: Predictions | None, author: Findings | None = None
) -> dict[str, str]:
    """The records of the evaluation for Every Eval Ever, by their paths below `every_eval_ever/`.

    Args:
        answers: to the rows of the scored split; None where they are withheld.
        author: findings of the run that made the adapter, where `findings` are of somebody's own rows.
    """
    from tunecard.card.eval_records import eval_records_of

    return eval_records_of(findings, answers, author)


def stored_answers(folder: RunFolder, findings: Findings) -> Predictions | None:
    """The adapter's answers to the rows of the scored split; None where they are withheld or cannot be read."""
    try:
        return folder.read_predictions(scored_split(findings), with_probabilities=False)
    except RunFolderError:
        return None


def write_cards(folder: RunFolder, card: Card, answers: Predictions | None = None) -> None:
    """Writes the card in all its forms beside the pictures that are there: README.md, DATASET_CARD.md,
    croissant.json, page, bill, the records of the evaluation, and the score on a benchmark.

    Args:
        answers: to the rows of the scored split.
    Raises: MachineError: the disk is full or the folder cannot be written.
    """
    write_text(folder.dataset_card, render_dataset_card(card.findings))
    write_text(folder.croissant, render_croissant(card.findings))
    write_text(folder.card, card.markdown)
    write_text(folder.page, render_page(card.markdown, card.findings, folder.pictures()))
    write_text(folder.bom, render_bom(card.findings))
    write_eval_records(folder, render_eval_records(card.findings, answers))
    for name, text in render_eval_results(card.findings).items():
        write_text(folder.eval_results / name, text)


def render_eval_results(findings: Findings) -> dict[str, str]:
    """`.eval_results/` of a run by file name: its score on a benchmark that the Hub keeps a leaderboard of."""
    from tunecard.card.eval_results import eval_results_of

    return eval_results_of(findings)


def write_eval_records(folder: RunFolder, files: Mapping[str, str]) -> None:
    """Writes the records of an evaluation, and nothing where there are none.

    Raises: MachineError: the disk is full or the folder cannot be written.
    """
    for name, text in files.items():
        write_text(folder.eval_records / name, text)


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
