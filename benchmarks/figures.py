"""What the rounds come to: speeds, ratios, shares of the ceiling, and tables of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

HEADER = ("side", "real tokens/s", "tunecard is", "of ceiling", "of torch's", "real tokens", "peak MiB")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and largest of the rounds."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def share_alike(one: Sequence[Any], other: Sequence[Any]) -> float:
    """The share of rows that both sides label alike."""
    return statistics.fmean(a == b for a, b in zip(one, other, strict=True))


def side_figures(
    measured: list[dict[str, Any]],
    ours: list[dict[str, Any]],
    *,
    flop: float,
    tokens: int,
    computed: int,
    top: dict[str, Any],
) -> dict[str, Any]:
    """The figures of one side.

    Args:
        measured, ours: a round each, with seconds and memory_mib.
        flop: executed in a round; padding included, since it is computed.
        tokens: real ones of a round; computed: with padding.
        top: the ceiling, as `gather_ceiling` gives it.
    """
    speeds = [flop / one["seconds"] / 1e9 for one in measured]
    ratios = [other["seconds"] / mine["seconds"] for mine, other in zip(ours, measured, strict=True)]
    return {
        "tokens_a_second": spread([tokens / one["seconds"] for one in measured]),
        "times_faster_tunecard_is": spread(ratios),
        "share_of_ceiling": spread([speed / top["gflops"] for speed in speeds]),
        "share_of_torch_ceiling": spread([speed / top["by_routine"]["torch"]["median"] for speed in speeds]),
        "real_share_of_tokens": tokens / computed,
        "executed_gflops": spread(speeds),
        "seconds": [one["seconds"] for one in measured],
        "peak_memory_mib": max(one["memory_mib"]["peak"] for one in measured),
        "memory_after_import_mib": max(one["memory_mib"]["after_import"] for one in measured),
    }


def t_interval(values: Sequence[float], level: float) -> list[float] | None:
    """Student's interval of the mean of (S,) values; None for fewer than two."""
    from scipy.stats import t

    if len(values) < 2:
        return None
    half = float(t.ppf(0.5 + level / 2, len(values) - 1)) * statistics.stdev(values) / math.sqrt(len(values))
    return [statistics.fmean(values) - half, statistics.fmean(values) + half]


def show_sides(sides: dict[str, dict[str, Any]]) -> None:
    """A line a side; `real tokens` is their share of the computed ones."""
    rows = [
        [
            side,
            shown(one["tokens_a_second"], 0),
            shown(one["times_faster_tunecard_is"], 2) + " x",
            f"{one['share_of_ceiling']['median']:.2f}",
            f"{one['share_of_torch_ceiling']['median']:.2f}",
            f"{one['real_share_of_tokens']:.2f}",
            f"{one['peak_memory_mib']:,.0f}",
        ]
        for side, one in sides.items()
    ]
    print_table(HEADER, rows)


def show_ceiling(top: dict[str, Any]) -> None:
    """The products alone, in GFLOP/s."""
    print("\nceiling, GFLOP/s (median of rounds); the faster routine counts:\n")
    every = {"all of a step": {name: one["median"] for name, one in top["by_routine"].items()}, **top["products"]}
    rows = [[name, f"{one['torch']:.0f}", f"{one['tunecard']:.0f}"] for name, one in every.items()]
    print_table(("product", "torch", "tunecard"), rows)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, the first one flush left."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for first, *others in [header, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join([first.ljust(widths[0]), *cells]))


def shown(values: dict[str, float], digits: int) -> str:
    """A spread as text: `2,010 (1,990-2,030)`."""
    median, least, most = (f"{values[key]:,.{digits}f}" for key in ("median", "min", "max"))
    return f"{median} ({least}-{most})"
