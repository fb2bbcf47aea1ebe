"""What clients ask: real texts of many lengths, and for each adapter those few of which the right answers are known."""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import serving_folders
import shapes

# Short questions, comments, sentences of news and of papers.
SETS = ("banking77", "goemotions", "emobank", "wnut17", "bionlp2004", "ncbi_disease")
EACH = 100
LONGEST = 2_000  # characters


def read_texts(data: Path, seed: int) -> list[str]:
    """Texts of the sets that are here; those that come with the package where none is."""
    texts = [text for name in SETS for text in _of_set(data / name / "test.parquet", seed)]
    return texts or [" ".join(row["tokens"]) for row in serving_folders.embedded_rows("test")]


def _of_set(path: Path, seed: int) -> list[str]:
    if not path.is_file():
        return []
    rows = shapes.read_rows(path)
    texts = [row["text"] if "text" in row else " ".join(row["tokens"]) for row in rows]
    sound = [text for text in texts if text.strip() and len(text) <= LONGEST]
    return random.Random(seed).sample(sound, min(EACH, len(sound)))


def texts_of(names: Sequence[str], texts: Sequence[str], each: int, seed: int) -> dict[str, list[int]]:
    """Places of the texts that each adapter is asked about; the same however many adapters there are."""
    return {name: random.Random(f"{seed} {name}").sample(range(len(texts)), each) for name in names}


@dataclass(frozen=True)
class Asking:
    """Which adapter is asked next, and about which texts.

    Attributes:
        names: of the adapters.
        texts_of: name to places of texts.
        rows: texts of one request.
        zipf: 0: each adapter as often as any; else the exponent of how much rarer each is than the one before it.
    """

    names: Sequence[str]
    texts_of: dict[str, list[int]]
    rows: int = 1
    zipf: float = 0.0

    def draws(self, seed: int) -> Callable[[], tuple[str, tuple[int, ...]]]:
        """A function that gives the next request: an adapter and places of texts."""
        dice = random.Random(seed)
        order = list(self.names)
        random.Random(0).shuffle(order)  # which adapters are asked often is the same in every run
        up_to = list(itertools.accumulate((place + 1) ** -self.zipf for place in range(len(order))))

        def draw() -> tuple[str, tuple[int, ...]]:
            name = order[min(bisect.bisect(up_to, dice.random() * up_to[-1]), len(order) - 1)]
            return name, tuple(dice.choices(self.texts_of[name], k=self.rows))

        return draw
