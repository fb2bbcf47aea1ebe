"""Which pictures a card shows, what each says in words, and which findings it draws.

One file a picture, so that what is drawn and what is said come from the same selection. Words and sources are
functions of findings, never of files. The charts are legible on a phone, and the same bytes each time: matplotlib is
imported only when one is drawn, with its own settings, never those of the user's machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tunecard.card.pictures import confusion, curves, learning_curve, lengths, reliability, scores, slices, spectra
from tunecard.card.pictures.canvas import png_of
from tunecard.card.pictures.scores import chosen_groups
from tunecard.counted import each
from tunecard.evidence import Findings
from tunecard.evidence.files import write_bytes
from tunecard.evidence.ledger import FIGURES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "chosen_groups", "draw_figures", "draw_picture", "picture", "pictures_of", "sources_of"]


class Picture(Protocol):
    """What a file of this room has."""

    def words(self, findings: Findings) -> str:
        """Markdown without line breaks; empty when the picture cannot be drawn."""

    def sources(self, findings: Findings) -> list[str]:
        """The ids of the findings that are drawn or quoted."""

    def draw(self, findings: Findings) -> Figure:
        """The chart; asked only where there are words."""


PICTURES: dict[str, Picture] = {
    "learning_curve": learning_curve,
    "scores": scores,
    "slices": slices,
    "confusion": confusion,
    "reliability": reliability,
    "lengths": lengths,
    "spectra": spectra,
    "curves": curves,
}


def pictures_of(findings: Findings) -> list[str]:
    """The names of the pictures that these findings can draw."""
    return [name for name, one in PICTURES.items() if one.words(findings)]


def picture(findings: Findings, name: str) -> str:
    """The Markdown of a picture with its words, or nothing when it cannot be drawn."""
    words = PICTURES[name].words(findings)
    return f"![{words}]({FIGURES}/{name}.png)" if words else ""


def sources_of(findings: Findings, name: str) -> list[str]:
    """The ids of the findings that a picture draws and its words quote; empty when it cannot be drawn."""
    one = PICTURES[name]
    return [id for id in dict.fromkeys(one.sources(findings)) if id in findings] if one.words(findings) else []


def draw_figures(folder: Path, findings: Findings) -> list[Path]:
    """Writes the pictures of these findings and removes the others of ours; returns the paths written."""
    wanted = pictures_of(findings)
    for name in PICTURES:
        if name not in wanted:
            (folder / f"{name}.png").unlink(missing_ok=True)
    drawn = each(wanted, "Drawing pictures", "pictures")
    return [_write(folder / f"{name}.png", draw_picture(findings, name)) for name in drawn]


def draw_picture(findings: Findings, name: str) -> bytes:
    """The PNG of one of the pictures that these findings can draw."""
    return png_of(PICTURES[name].draw, findings)


def _write(path: Path, image: bytes) -> Path:
    write_bytes(path, image)
    return path
