"""What training_speed.py and prediction_speed.py share: their options, their sides beside the ceiling, their figures."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes

OURS, CEILING = "tunecard", "ceiling"
INT8 = f"{OURS}-int8"  # frozen products in int8, whatever the precision of the others


def add_workload_arguments(parser: argparse.ArgumentParser, shape: str = "minilm") -> None:
    """`--shape`, `--layers` and `--data`."""
    parser.add_argument("--shape", choices=sorted(shapes.SHAPES), default=shape)
    parser.add_argument("--layers", type=int, help="of the model; the shape's own by default")
    parser.add_argument("--data", default="short", help="short (random words), banking77, or a .txt, .csv or .parquet")


def add_precision_argument(parser: argparse.ArgumentParser) -> None:
    """`--precision` and `--int8`."""
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--int8", action="store_true", help="tunecard once more with frozen products in int8")


def measure_sides(
    script: str, peers: Sequence[str], arguments: argparse.Namespace, folder: Path
) -> dict[str, list[dict[str, Any]]]:
    """Rounds of tunecard, the peers and the ceiling, all in one precision: a child hears NAME-PRECISION.

    With `arguments.int8` tunecard once more, its frozen products in int8.
    """
    sides = {f"{side}-{arguments.precision}": side for side in (OURS, *peers, CEILING)}
    if arguments.int8:
        sides[INT8] = INT8
    measured = rounds.in_turn(script, list(sides), arguments.rounds, folder, arguments.threads)
    return {side: measured[named] for named, side in sides.items()}


def compare(
    work: shapes.Workload,
    found: Mapping[str, list[dict[str, Any]]],
    counts: Mapping[str, tuple[int, int]],
    texts: int,
    *,
    has_backward: bool,
    is_narrow: bool,
) -> dict[str, Any]:
    """The figures of every side out of its rounds, and the ceiling.

    Args:
        counts: of each side, real tokens of a round and computed ones (with padding).
        texts: of a round.
        is_narrow: whether tunecard's top layer goes on with the first token of each text alone.
    """
    from ceiling import executed_flop, gather_ceiling

    top = gather_ceiling(found[CEILING])
    sides = {}
    for side, (tokens, computed) in counts.items():
        flop = executed_flop(
            work, computed, texts, has_backward=has_backward, is_narrow=is_narrow and side in {OURS, INT8}
        )
        sides[side] = figures.side_figures(
            found[side], found[OURS], flop=flop, tokens=tokens, computed=computed, top=top
        )
    return {"sides": sides, "ceiling": top}
