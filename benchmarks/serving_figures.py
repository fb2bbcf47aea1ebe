"""What the answers of one load come to: rows a second, seconds of the slow ones, and who was refused or answered wrongly."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

Columns = dict[str, Any]
OFTEN, SELDOM = 128, 512  # other adapters in between
DISTANCES = (16, 32, 64, 128, 256, 512, 1024)
FEWEST = 20  # answers, of which a 95th percentile is told


def summary(load: Columns) -> dict[str, Any]:
    """Of what was due in the counted seconds; statuses and wrong answers of all that was asked."""
    counted = [place for place, began in enumerate(load["began"]) if began >= load["warm"]]
    fine = [place for place in counted if load["status"][place] == 200]
    seconds = [load["seconds"][place] for place in fine]
    right = Counter(load["right"])
    return {
        "rows_a_second": rows_a_second(load),
        "offered_a_second": (sum(load["rows"][place] for place in counted) / load["counted"]),
        "p50": percentile(seconds, 50), "p95": percentile(seconds, 95), "p99": percentile(seconds, 99),
        "n": len(seconds),
        "statuses": {str(status): n for status, n in sorted(Counter(load["status"]).items())},
        "right": right[True], "wrong": right[False], "not_judged": right[None],
        "without_retry_after": sum(
            status == 429 and not says
            for status, says in zip(load["status"], load["says_when"], strict=True)
        ),
        "unsent": load["unsent"],
    }  # fmt: skip


def rows_a_second(load: Columns) -> float:
    """Rows answered within the counted seconds, over these."""
    first, last = load["warm"], load["warm"] + load["counted"]
    ended = [began + seconds for began, seconds in zip(load["began"], load["seconds"], strict=True)]
    rows = [
        rows
        for rows, status, end in zip(load["rows"], load["status"], ended, strict=True)
        if status == 200 and first <= end < last
    ]
    return sum(rows) / float(load["counted"])


def rows_answered(load: Columns) -> int:
    """From the first request to the last, those before the counted seconds, too."""
    return sum(rows for rows, status in zip(load["rows"], load["status"], strict=True) if status == 200)


def percentile(values: Sequence[float], which: float) -> float | None:
    """None where there are too few."""
    return float(np.percentile(values, which)) if len(values) >= FEWEST else None


def p95_by_second(load: Columns) -> list[float | None]:
    """Of the answers to what was due in each second, the uncounted ones first."""
    seconds: dict[int, list[float]] = {}
    for began, took, status in zip(load["began"], load["seconds"], load["status"], strict=True):
        if status == 200:
            seconds.setdefault(int(began), []).append(took)
    return [percentile(seconds.get(second, []), 95) for second in range(max(seconds, default=-1) + 1)]


def by_distance(load: Columns) -> dict[str, dict[str, Any]]:
    """By how many other adapters were asked since the same one was asked last, of what was due in the counted seconds.

    What a server keeps in memory is asked again after few others; a cliff of what it does not keep is a step here.
    """
    found: dict[str, list[float]] = {}
    for since, seconds in distances(load):
        found.setdefault(_bin(since), []).append(seconds)
    return {
        name: {"n": len(found[name]), "p50": percentile(found[name], 50), "p95": percentile(found[name], 95)}
        for name in sorted(found, key=_order)
    }


def seldom_over_often(load: Columns) -> float | None:
    """p95 of adapters asked before more than half a thousand others, or never before, over that of those asked lately."""
    found = list(distances(load))
    often = percentile([seconds for since, seconds in found if since is not None and since < OFTEN], 95)
    seldom = percentile([seconds for since, seconds in found if since is None or since >= SELDOM], 95)
    return seldom / often if seldom and often else None


def distances(load: Columns) -> Iterator[tuple[int | None, float]]:
    """Of every answer in the counted seconds: other adapters asked since the same one was, None the first time; and seconds."""
    latest: dict[str, int] = {}
    for place, (name, took, status) in enumerate(zip(load["name"], load["seconds"], load["status"], strict=True)):
        since = sum(last > latest[name] for last in latest.values()) if name in latest else None
        latest[name] = place
        if status == 200 and load["began"][place] >= load["warm"]:
            yield since, took


def _bin(since: int | None) -> str:
    if since is None:
        return "first time"
    return next((f"under {most}" for most in DISTANCES if since < most), f"{DISTANCES[-1]} or more")


def _order(name: str) -> float:
    return float("inf") if name == "first time" else float(name.removeprefix("under ").split()[0])


def growth(sizes: Sequence[float]) -> dict[str, float]:
    """Memory in MiB: at first, at most, and from the second quarter of the time to the last."""
    quarter = max(1, len(sizes) // 4)
    return {
        "first": sizes[0], "most": max(sizes), "last": sizes[-1],
        "from_second_quarter_to_last": statistics.median(sizes[-quarter:])
        - statistics.median(sizes[quarter : 2 * quarter]),
    }  # fmt: skip
