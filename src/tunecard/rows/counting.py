"""Rows to numbers: content hash and lengths."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tunecard.rows.dataset import Split

_EDGES = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


def content_sha256(split: Split) -> str:
    """Hex sha256 of the inputs and labels of a split, row by row as JSON lines; positions and factors do not count."""
    digest = hashlib.sha256()
    columns = [split.inputs[name] for name in sorted(split.inputs)]
    for row in zip(*columns, split.labels, strict=True):
        digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def summarise_lengths(lengths: Sequence[int]) -> dict[str, Any]:
    """Mean (two decimals), median, 95th percentile (nearest rank) and maximum."""
    ordered = sorted(lengths)
    n = len(ordered)
    median = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return {
        "mean": round(sum(ordered) / n, 2),
        "median": median,
        "p95": ordered[-(-95 * n // 100) - 1],
        "max": ordered[-1],
    }


def in_order_of_appearance(numbers: Sequence[int]) -> list[int]:
    """The same groups, numbered from 0 as they first come: the same in every file that holds these rows in this order.

    >>> in_order_of_appearance([7, 3, 7])
    [0, 1, 0]
    """
    known: dict[int, int] = {}
    return [known.setdefault(number, len(known)) for number in numbers]


def cluster_figures(numbers: Sequence[int]) -> dict[str, int]:
    """How many groups the (N,) rows come in, and how many rows the largest holds.

    >>> cluster_figures([0, 0, 1])
    {'groups': 2, 'largest': 2}
    """
    times = Counter(numbers)
    return {"groups": len(times), "largest": max(times.values(), default=0)}


def histogram(lengths: Sequence[int]) -> dict[str, Any]:
    """Counts between edges that grow by a third to a half: bin i holds edges[i] <= length < edges[i + 1].

    The first and the last bin hold at least one row.

    >>> histogram([5, 7, 9])
    {'edges': [4, 6, 8, 12], 'counts': [1, 1, 1]}
    """
    shortest, longest = min(lengths), max(lengths)
    first = max(i for i, edge in enumerate(_EDGES) if edge <= shortest)
    edges = [edge for edge in _EDGES[first:] if edge <= longest]
    edges.append(next((edge for edge in _EDGES if edge > longest), longest + 1))
    counts = [0] * (len(edges) - 1)
    for length in lengths:
        counts[bisect_right(edges, length) - 1] += 1
    return {"edges": edges, "counts": counts}
