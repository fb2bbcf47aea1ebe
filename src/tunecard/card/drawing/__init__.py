"""The card's pictures: small charts, legible on a phone and without colour vision, the same bytes each time.

matplotlib is imported only when a picture is drawn; its own settings are used, never those of the user's machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tunecard.card.drawing.confusion import draw_confusion
from tunecard.card.drawing.learning_curve import draw_learning_curve
from tunecard.card.drawing.lengths import draw_lengths
from tunecard.card.drawing.reliability import draw_reliability
from tunecard.card.drawing.scores import draw_scores
from tunecard.card.drawing.slices import draw_slices
from tunecard.card.drawing.spectra import draw_spectra
from tunecard.card.pictures import NAMES, pictures_of
from tunecard.card.pictures.canvas import png_of
from tunecard.evidence import Findings
from tunecard.evidence.files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWINGS: dict[str, Callable[[Findings], Figure]] = {
    "learning_curve": draw_learning_curve,
    "scores": draw_scores,
    "slices": draw_slices,
    "confusion": draw_confusion,
    "reliability": draw_reliability,
    "lengths": draw_lengths,
    "spectra": draw_spectra,
}


def draw_figures(folder: Path, findings: Findings) -> list[Path]:
    """Writes the pictures of these findings and removes the others of ours; returns the paths written."""
    wanted = pictures_of(findings)
    for name in NAMES:
        if name not in wanted:
            (folder / f"{name}.png").unlink(missing_ok=True)
    return [_write(folder / f"{name}.png", png_of(DRAWINGS[name], findings)) for name in wanted]


def _write(path: Path, image: bytes) -> Path:
    def put(beside: Path) -> None:
        beside.write_bytes(image)

    write_whole(path, put)
    return path
