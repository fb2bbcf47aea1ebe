"""Scores of quality.py's sides, from kept predictions: the mean over seeds, and intervals by resampling test rows.

A test row that several seeds were asked about is one row: a resample takes or leaves it in all seeds at once. What an
interval tells is how sure the mean over these seeds is on other test rows; further seeds would add to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quality_cells import ENTITIES, LABEL_SETS, NUMBERS, Cell

from tunecard.metrics.counts import RowCounts
from tunecard.metrics.entities import entity_counts, entity_types, strict_counts
from tunecard.metrics.intervals import Interval
from tunecard.metrics.numbers import number_counts, pearson, spearman_of_rows
from tunecard.metrics.reliability import error_by_chance
from tunecard.metrics.resampling import percentile_interval, resample_totals

RESAMPLES = 2_000
METRICS = {
    "text": "accuracy", ENTITIES: "entity F1, strict IOB2", NUMBERS: "Pearson's correlation", LABEL_SETS: "micro F1",
}  # fmt: skip

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeedCounts:
    """What each test row adds to a side's score in one seed.

    Attributes:
        rows: (N,) positions in the set's own test split.
        counts: (N, C) of `row_counts`.
    """

    rows: NDArray[np.int64]
    counts: Floats


def row_counts(kind: str, gold: Sequence[Any], said: Sequence[Any], labels: Sequence[str]) -> Floats:
    """(N, C): hits and rows; matched, predicted and gold entities or labels; or sums of numbers."""
    if kind == NUMBERS:
        found = number_counts(gold, said)
        return found.values[found.group]
    if kind == ENTITIES:
        found = entity_counts(gold, said, entity_types(labels))
        return np.array([strict_counts(row) for row in found.values])[found.group]
    if kind == LABEL_SETS:
        sizes = [(len(set(a) & set(b)), len(b), len(a)) for a, b in zip(gold, said, strict=True)]
        return np.array(sizes, dtype=np.float64).reshape(-1, 3)
    return np.column_stack([[float(a == b) for a, b in zip(gold, said, strict=True)], np.ones(len(gold))])


def score_of(kind: str, totals: Floats) -> Floats:
    """(..., C) sums to (...,) scores."""
    if kind == NUMBERS:
        return pearson(totals)
    top, below = (
        (2 * totals[..., 0], totals[..., 1] + totals[..., 2])
        if kind in (ENTITIES, LABEL_SETS)
        else (totals[..., 0], totals[..., 1])
    )
    return np.divide(top, below, out=np.full(top.shape, np.nan), where=below != 0)


def mean_score(kind: str, totals: Floats, seeds: int) -> Floats:
    """(..., S C) sums of S seeds side by side to (...,) the mean of their scores."""
    blocks = totals.reshape(*totals.shape[:-1], seeds, -1)
    return np.asarray(score_of(kind, blocks).mean(axis=-1))


def pool(seeds: Sequence[SeedCounts], rows: NDArray[np.int64]) -> Floats:
    """(R, S C) the seeds' counts side by side; zeros where a seed was not asked about a row."""
    width = seeds[0].counts.shape[1]
    pooled = np.zeros((len(rows), len(seeds) * width))
    for place, seed in enumerate(seeds):
        pooled[np.searchsorted(rows, seed.rows), place * width : (place + 1) * width] = seed.counts
    return pooled


def pooled_score(kind: str, seeds: Mapping[int, SeedCounts]) -> tuple[float, Interval | None]:
    """The mean over seeds and its interval."""
    parts = list(seeds.values())
    counts = RowCounts.from_rows(pool(parts, np.unique(np.concatenate([one.rows for one in parts]))))
    samples = mean_score(kind, resample_totals(counts, resamples=RESAMPLES), len(parts))
    return float(mean_score(kind, counts.totals(), len(parts))), percentile_interval(samples)


def paired_difference(
    kind: str, ours: Mapping[int, SeedCounts], peer: Mapping[int, SeedCounts]
) -> tuple[float, Interval | None, list[int]] | None:
    """Ours minus a peer's mean score on the rows and seeds that both have, its interval, and these seeds."""
    shared = sorted(ours.keys() & peer.keys())
    if not shared:
        return None
    both = [on_common_rows(ours[seed], peer[seed]) for seed in shared]
    rows = np.unique(np.concatenate([one.rows for one, _ in both]))
    sides = [pool([pair[side] for pair in both], rows) for side in (0, 1)]
    counts, columns = RowCounts.from_rows(np.hstack(sides)), sides[0].shape[1]

    def difference(totals: Floats) -> Floats:
        mine, others = totals[..., :columns], totals[..., columns:]
        return mean_score(kind, mine, len(shared)) - mean_score(kind, others, len(shared))

    interval = percentile_interval(difference(resample_totals(counts, resamples=RESAMPLES)))
    return float(difference(counts.totals())), interval, shared


def on_common_rows(one: SeedCounts, other: SeedCounts) -> tuple[SeedCounts, SeedCounts]:
    rows, here, there = np.intersect1d(one.rows, other.rows, return_indices=True)
    return SeedCounts(rows, one.counts[here]), SeedCounts(rows, other.counts[there])


def verdict(interval: Interval | None) -> str:
    """Whether a difference is above or below 0 for certain."""
    if interval is None:
        return "unknown"
    return "above" if interval[0] > 0 else "below" if interval[1] < 0 else "same"


def read_seed(cell: Cell, side: str) -> SeedCounts:
    """A side's kept predictions as counts."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(
        cell.folder / f"{side}.parquet", columns=["row", "label", "prediction"]
    ).to_pydict()
    places = np.array(json.loads((cell.folder / "cell.json").read_text())["test"])[table["row"]]
    counts = row_counts(cell.data.kind, table["label"], table["prediction"], cell.labels)
    order = np.argsort(places)
    return SeedCounts(places[order], counts[order])


def describe_scores(cell: Cell, predictions: Path) -> dict[str, Any]:
    """The scores that a side's JSON keeps: of the prediction, and of every other view."""
    import pyarrow.parquet

    columns = pyarrow.parquet.read_table(predictions).to_pydict()
    kind, gold = cell.data.kind, columns["label"]
    found: dict[str, Any] = {"test_rows": len(gold), METRICS[kind]: one_score(cell, gold, columns["prediction"])}
    if kind == NUMBERS:
        rows = number_counts(gold, columns["prediction"])
        weights = np.bincount(rows.group, minlength=len(rows.values)).astype(np.float64)[:, None]
        found["Spearman's correlation"] = defined(spearman_of_rows(rows.values, weights)[0])
    views = {name.partition(".")[2]: said for name, said in columns.items() if name.startswith("prediction.")}
    if views:
        found["views"] = {name: one_score(cell, gold, said) for name, said in views.items()}
    if kind == "text" and "probabilities" in columns:
        found["ece_by_chance"] = error_by_chance(np.array([max(row) for row in columns["probabilities"]]))
    return found


def one_score(cell: Cell, gold: Sequence[Any], said: Sequence[Any]) -> float | None:
    return defined(score_of(cell.data.kind, row_counts(cell.data.kind, gold, said, cell.labels).sum(axis=0)))


def defined(score: Any) -> float | None:
    """A score as JSON has it: None for one that does not exist, such as a constant's correlation."""
    return float(score) if np.isfinite(score) else None
