"""Which pictures a card shows, what each says in words, and which findings it draws.

One file a picture, so that what is drawn and what is said come from the same selection. Words and sources are
functions of findings, never of files. The charts are legible on a phone, and the same bytes each time: matplotlib is
imported only when one is drawn, with its own settings, never those of the user's machine.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tunecard.card.pictures import (
    confusion,
    curves,
    learning_curve,
    lengths,
    reliability,
    risk_coverage,
    scores,
    slices,
    spectra,
)
from tunecard.card.pictures.canvas import png_of
from tunecard.card.pictures.scores import chosen_groups
from tunecard.counted import each
from tunecard.evidence import Findings
from tunecard.evidence.files import write_bytes
from tunecard.evidence.ledger import FIGURES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "PICTURES",
    "chosen_groups",
    "draw_figures",
    "draw_picture",
    "draw_pictures",
    "picture",
    "pictures_of",
    "sources_of",
]

# What a run comes to know after its pictures are drawn; none of them shows any of it.
NEVER_DRAWN = ("run.", "card.", "citation.", "environment.hours", "environment.region", "environment.cloud_provider")


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
    "risk_coverage": risk_coverage,
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
    drawn = draw_pictures(findings)
    return [_write(folder / f"{name}.png", drawn[name]) for name in wanted]


def draw_pictures(findings: Findings) -> dict[str, bytes]:
    """Name to PNG of every picture that these findings can draw.

    The last ones are kept: who makes a card and then verifies it draws once.
    """
    drawn = _drawn_of(_Drawn(findings))
    return {name: drawn[name] for name in pictures_of(findings)}


class _Drawn:
    """Findings as pictures see them: alike where all records are that a picture may draw."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._key = "\n".join(
            finding.model_dump_json() for finding in findings if not finding.id.startswith(NEVER_DRAWN)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Drawn) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=1)
def _drawn_of(drawn: _Drawn) -> dict[str, bytes]:
    names = each(pictures_of(drawn.findings), "Drawing pictures", "pictures")
    return {name: draw_picture(drawn.findings, name) for name in names}


def draw_picture(findings: Findings, name: str) -> bytes:
    """The PNG of one of the pictures that these findings can draw."""
    return png_of(PICTURES[name].draw, findings)


def _write(path: Path, image: bytes) -> Path:
    write_bytes(path, image)
    return path
