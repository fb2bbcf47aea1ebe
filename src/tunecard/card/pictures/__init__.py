"""Which pictures a card shows, what each says in words, and which findings it draws. Functions of findings, never of
files; what is drawn and what is said come from the same selection, in one file a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tunecard.card.pictures import confusion, learning_curve, lengths, reliability, scores, slices, spectra
from tunecard.card.pictures.scores import chosen_groups
from tunecard.evidence import Findings

__all__ = ["NAMES", "chosen_groups", "picture", "pictures_of", "sources_of"]


@dataclass(frozen=True)
class _Picture:
    words: Callable[[Findings], str]  # Markdown without line breaks; empty when it cannot be drawn
    sources: Callable[[Findings], list[str]]


_PICTURES = {
    name: _Picture(one.words, one.sources)
    for name, one in (
        ("learning_curve", learning_curve),
        ("scores", scores),
        ("slices", slices),
        ("confusion", confusion),
        ("reliability", reliability),
        ("lengths", lengths),
        ("spectra", spectra),
    )
}
NAMES = tuple(_PICTURES)


def pictures_of(findings: Findings) -> list[str]:
    """The names of the pictures that these findings can draw."""
    return [name for name in NAMES if _PICTURES[name].words(findings)]


def picture(findings: Findings, name: str) -> str:
    """The Markdown of a picture with its words, or nothing when it cannot be drawn."""
    words = _PICTURES[name].words(findings)
    return f"![{words}](figures/{name}.png)" if words else ""


def sources_of(findings: Findings, name: str) -> list[str]:
    """The ids of the findings that a picture draws and its words quote; empty when it cannot be drawn."""
    one = _PICTURES[name]
    return [id for id in dict.fromkeys(one.sources(findings)) if id in findings] if one.words(findings) else []
