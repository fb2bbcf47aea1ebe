"""Do the pictures show what the evidence says? Each is drawn again and compared, pixel by pixel."""

from __future__ import annotations

import importlib.util
import io
import struct
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from tunecard.card.pictures import draw_pictures, pictures_of
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.ledger import FIGURES
from tunecard.verification.cards import of_another_version
from tunecard.verification.report import Check, judged

if TYPE_CHECKING:
    from tunecard.metrics.counts import Floats

NAME = "pictures"
LIBRARY = "matplotlib"
FAR = 0.25  # of the range of a channel: another mark, not another smoothing of its edge
MOST_FAR = 5e-4  # of the pixels
_SIZE = slice(16, 24)  # of a PNG: width and height


def check_pictures(folder: RunFolder, findings: Findings) -> Check:
    """figures/ holds the pictures of these findings, drawn as they are drawn, and no other."""
    other = of_another_version(NAME, findings)
    if other is not None:
        return other
    wanted, found = {f"{FIGURES}/{name}.png" for name in pictures_of(findings)}, folder.pictures()
    problems = [f"{path} is missing" for path in sorted(wanted - found.keys())]
    problems += [f"{path} is no picture of this evidence" for path in sorted(found.keys() - wanted)]
    if problems:
        return judged(NAME, problems, "")
    if importlib.util.find_spec(LIBRARY) is None:
        return Check(NAME, None, f"{LIBRARY} is not installed: the pictures are not drawn again")
    problems = list(_other_pictures(found, findings))
    if problems and not _is_same_library(findings):
        here = f"{LIBRARY} {version(LIBRARY)}"
        return Check(NAME, None, f"drawn by another {LIBRARY} than the {here} here, and not alike: {problems[0]}")
    return judged(NAME, problems, f"{len(found)} pictures are what the evidence draws")


def _is_same_library(findings: Findings) -> bool:
    """Whether the cards were rendered with the drawing library of this machine."""
    rendered = findings.get("run.rendered_by")
    return rendered is not None and f"{LIBRARY} {version(LIBRARY)}" in (rendered.method or "").split("; ")


def _other_pictures(found: dict[str, bytes], findings: Findings) -> Iterator[str]:
    every = draw_pictures(findings)
    for path, image in found.items():
        drawn = every[path.removeprefix(f"{FIGURES}/").removesuffix(".png")]
        if image != drawn and not _are_alike(image, drawn):
            yield f"{path} is not what its records draw"


def _are_alike(image: bytes, drawn: bytes) -> bool:
    if image[_SIZE] != drawn[_SIZE] or len(image) > 2 * len(drawn):  # not decoded: it may be of any size
        return False
    try:
        one, other = _pixels(image), _pixels(drawn)
    except (ValueError, OSError, SyntaxError, struct.error):
        return False
    return one.shape == other.shape and bool((np.abs(one - other).max(axis=-1) > FAR).mean() <= MOST_FAR)


def _pixels(image: bytes) -> Floats:
    from matplotlib.image import imread

    return np.asarray(imread(io.BytesIO(image), format="png"), dtype=np.float64)
