"""Rows that training may have told already, as a factor: what the score is on the rows that it has not."""

from __future__ import annotations

from dataclasses import replace

from tunecard.data.quality.near_duplicates import NearDuplicates
from tunecard.data.quality.repeated_rows import row_keys
from tunecard.rows.dataset import Dataset, Split

FACTOR = "overlap"
FOUND, NOT_FOUND, UNKNOWN = "found in training", "not found in training", "not looked at"


def mark_overlap(dataset: Dataset, near: NearDuplicates) -> Dataset:
    """The data set with the factor `overlap` in each scored split that shares rows with training, equal or near.

    A split that shares none has no such factor, and a column of the data that is called so keeps its place.
    """
    splits = dict(dataset.splits)
    if "train" in splits:
        known = set(row_keys(splits["train"]))
        for name in splits.keys() - {"train"}:
            splits[name] = _mark(splits[name], known, near)
    return replace(dataset, splits=splits)


def _mark(split: Split, known: set[str], near: NearDuplicates) -> Split:
    found = {place for place, key in enumerate(row_keys(split)) if key in known} | set(
        near.across[("train", split.name)]
    )
    if not found or FACTOR in split.factors:
        return split
    looked_at = set(near.looked_at[split.name])
    values = [FOUND if place in found else NOT_FOUND if place in looked_at else UNKNOWN for place in range(len(split))]
    return replace(split, factors={**split.factors, FACTOR: values})
