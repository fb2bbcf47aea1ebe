"""Rows that occur more than once: within a split, and across splits, where they flatter a score."""

from __future__ import annotations

from collections.abc import Mapping

from tunecard.data.quality.repeated_rows import row_keys
from tunecard.rows.dataset import Split

PAIRS = (("train", "test"), ("train", "validation"), ("validation", "test"))


def count_repeated(split: Split) -> int:
    """Rows whose normalised text occurs earlier in the same split."""
    return len(split) - len(set(row_keys(split)))


def count_overlaps(splits: Mapping[str, Split]) -> dict[tuple[str, str], int]:
    """(A, B) to the number of rows of B that are also in A, for the pairs of splits that are present."""
    keys = {name: row_keys(split) for name, split in splits.items()}
    known = {name: set(several) for name, several in keys.items()}
    return {(a, b): sum(key in known[a] for key in keys[b]) for a, b in PAIRS if a in keys and b in keys}
