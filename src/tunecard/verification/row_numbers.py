"""Which rows of a split were predicted: all that its source holds, but for those that are told to be left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from tunecard.evidence import Findings, Predictions

FEWEST = 3  # rows whose every probability is the same in two splits are the same rows
_SAMPLE = re.compile(r"sample of ([\d,]+) of ([\d,]+) rows")


def row_problems(findings: Findings, split: str, predictions: Predictions) -> Iterator[str]:
    """What of the positions in a predictions file nothing explains: neither a sample, nor rows that were dropped."""
    origin, rows = findings.value(f"data.{split}.origin"), [row for row in predictions.rows if isinstance(row, int)]
    if not isinstance(origin, str) or not rows:
        return
    left_out = _dropped(findings, split)
    sample = _SAMPLE.search(origin)
    if sample and _whole(sample[1]) != len(predictions):
        yield f"{len(predictions)} rows, `data.{split}.origin` says {origin!r}"
    held = (_whole(sample[2]) if sample else len(predictions)) + left_out
    if not origin.startswith("made:"):
        if max(rows) >= held:
            yield f"row {max(rows)} is told of, and {held} rows are: those between that are missing were not left out"
        in_files = _rows_in_files(findings, split)
        if in_files is not None and in_files != held:
            yield f"{held} rows are told of, `data.files` has {in_files} of {split}"


def equal_splits(findings: Findings, by_split: Mapping[str, Predictions]) -> Iterator[str]:
    """Splits that hold the same rows although the overlap that is recorded says otherwise."""
    for seen, split in combinations([name for name in ("train", "validation", "test") if name in by_split], 2):
        told = findings.value(f"data.overlap.{seen}.{split}")
        if isinstance(told, int) and told < len(by_split[split]) and _are_the_same(by_split[seen], by_split[split]):
            yield f"{split} has the answers of {seen}, to the last digit, and data.overlap.{seen}.{split} is {told}"
    for seen, split in combinations(("train", "validation", "test"), 2):
        hashes = [findings.value(f"data.{name}.sha256") for name in (seen, split)]
        told, rows = findings.value(f"data.overlap.{seen}.{split}"), findings.value(f"data.{split}.rows")
        if hashes[0] is not None and hashes[0] == hashes[1] and told != rows:
            yield f"data.{seen}.sha256 is data.{split}.sha256, and data.overlap.{seen}.{split} is {told}"


def _are_the_same(one: Predictions, other: Predictions) -> bool:
    is_long = len(one) == len(other) >= FEWEST
    has_figures = one.probabilities is not None or (bool(one.predictions) and isinstance(one.predictions[0], float))
    return is_long and has_figures and _answers(one) == _answers(other)


def _answers(rows: Predictions) -> list[str]:
    likely: list[Any] = rows.probabilities or [None] * len(rows)
    return sorted(map(repr, zip(rows.labels, rows.predictions, likely, strict=True)))


def _dropped(findings: Findings, split: str) -> int:
    dropped = findings.value(f"data.{split}.dropped")
    return sum(n for n in dropped.values() if isinstance(n, int)) if isinstance(dropped, dict) else 0


def _rows_in_files(findings: Findings, split: str) -> int | None:
    """Rows of the files of a split; None where no file was read, or one file was cut into splits."""
    files = findings.value("data.files")
    records = [record for record in files if isinstance(record, dict)] if isinstance(files, list) else []
    counts = [record.get("rows") for record in records if record.get("split") == split]
    whole = [count for count in counts if isinstance(count, int)]
    return sum(whole) if whole and len(whole) == len(counts) else None


def _whole(text: str) -> int:
    return int(text.replace(",", ""))
