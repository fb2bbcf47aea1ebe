"""Texts to labels by any model that takes padded batches: rows sorted by length, each batch padded to its longest row.

How many rows a batch has is what suits the model best: sizes are tried on batches from all lengths before anything counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rounds import CLOCKS, peak_mib
from shapes import MAX_LENGTH, Workload, in_batches

Ids = NDArray[np.int64]
Run = Callable[[Mapping[str, Ids]], NDArray[Any]]  # input_ids, attention_mask, token_type_ids, each (B, T), to (B, K)
SIZES = (1, 8, 16, 32, 64)  # rows a batch
TRIED = 192  # rows that a size is tried on


@dataclass
class Padded:
    """Rows as ids, and the longest of them first."""

    ids: list[list[int]]
    pad: int
    order: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.order = sorted(range(len(self.ids)), key=lambda row: -len(self.ids[row]))

    def batches(self, size: int) -> list[list[int]]:
        """Row numbers, `size` at a time."""
        return in_batches([*self.order], size)

    def batch(self, rows: Sequence[int]) -> dict[str, Ids]:
        """Rows padded to the longest of them."""
        longest = max(len(self.ids[row]) for row in rows)
        ids = np.full((len(rows), longest), self.pad, np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(self.ids[row])] = self.ids[row]
            mask[place, : len(self.ids[row])] = 1
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}

    def computed(self, size: int) -> int:
        """Tokens of all batches, padding included."""
        return sum(len(rows) * len(self.ids[rows[0]]) for rows in self.batches(size))


def predict(work: Workload, folder: Path, clock: str, open_model: Callable[[], Run]) -> dict[str, Any]:
    """Seconds from texts to class ids by the batch size that was fastest on some of the rows; the ids.

    Args:
        folder: `merged` in it holds the tokenizer.
        clock: one of `CLOCKS`.
        open_model: loads a model and gives what runs it; imports what it needs.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "merged")
    memory = {"after_import": peak_mib()}
    now, began = CLOCKS[clock], time.perf_counter()
    run = open_model()
    memory["after_loading"] = peak_mib()

    def read() -> Padded:
        encoded = tokenizer(work.texts, truncation=True, max_length=MAX_LENGTH)["input_ids"]
        return Padded(encoded, int(tokenizer.pad_token_id))

    sizes = try_sizes(run, read(), now)
    best = min(sizes, key=lambda size: sizes[size])
    ready, began_run = time.perf_counter() - began, now()
    rows = read()
    found = answer(run, rows, rows.batches(best))
    return {
        "seconds": now() - began_run, "predictions": [f"class {found[row]}" for row in range(len(found))],
        "batch": best, "computed_tokens": rows.computed(best), "ready_seconds": ready,
        "microseconds_a_token": {str(size): seconds * 1e6 for size, seconds in sizes.items()},
        "memory_mib": memory | {"peak": peak_mib()},
    }  # fmt: skip


def try_sizes(run: Run, rows: Padded, now: Callable[[], float]) -> dict[int, float]:
    """Seconds a real token by batch size, each on batches that lie evenly among all; the second time counts."""
    found = {}
    for size in SIZES:
        batches = spaced(rows.batches(size), max(2, TRIED // size))
        answer(run, rows, batches)
        began = now()
        answer(run, rows, batches)
        found[size] = (now() - began) / sum(len(rows.ids[row]) for batch in batches for row in batch)
    return found


def spaced(batches: Sequence[list[int]], count: int) -> list[list[int]]:
    """So many of them, evenly spaced from the first to the last.

    >>> spaced([[0], [1], [2], [3], [4]], 3)
    [[0], [2], [4]]
    """
    count = min(count, len(batches))
    places = np.linspace(0, len(batches) - 1, count).round().astype(int)
    return [batches[place] for place in places]


def answer(run: Run, rows: Padded, batches: Sequence[list[int]]) -> dict[int, int]:
    """The class id of every row of the batches."""
    found = {}
    for batch in batches:
        found.update(zip(batch, run(rows.batch(batch)).argmax(axis=1).tolist(), strict=True))
    return found
