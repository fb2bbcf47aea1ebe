"""Peak memory of a few training steps: tunecard and stock Trainer + PEFT (dynamic padding), each in bf16 and in fp32;
tunecard also with frozen products in int8.

A process each: the largest resident memory of all its life, loading included, and for comparison what its imports
alone come to. The base is a folder of random weights in fp32, read the way each side reads a base.

    python benchmarks/memory.py --steps 4
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import figures
import ours
import rounds
import speed
import training_speed

SIDES = tuple(f"{side}-{precision}" for precision in ("bf16", "fp32") for side in ("tunecard", "dynamic-padding"))
SIDES = (speed.INT8, *SIDES)


def main() -> None:
    rounds.run(make_parser(), training_speed.measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=1)
    speed.add_workload_arguments(parser, shape="roberta-large")
    training_speed.add_step_arguments(parser, steps=4)
    return parser


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Peak, after loading and after imports of every side, in MiB: the largest of the rounds."""
    with tempfile.TemporaryDirectory() as name:
        work = training_speed.make_workload(arguments, Path(name))
        known = [side for side in SIDES if ours.why_not(side.rpartition("-")[2]) is None]
        measured = rounds.in_turn(__file__, known, arguments.rounds, Path(name), arguments.threads)
    sides = {
        side: {key: max(one["memory_mib"][key] for one in found) for key in found[0]["memory_mib"]}
        for side, found in measured.items()
    }
    ratios = {
        precision: sides[f"tunecard-{precision}"]["peak"] / sides[f"dynamic-padding-{precision}"]["peak"]
        for precision in ("bf16", "fp32")
    }
    return {
        "shape": work.shape, "layers": work.layers, "data": arguments.data, "batch": work.batch,
        "tokens_a_step": work.tokens, "threads": arguments.threads, "memory_mib": sides, "share_of_stock": ratios,
        "int8_share_of_bf16": share_of_int8(sides),
    }  # fmt: skip


def share_of_int8(sides: dict[str, dict[str, float]]) -> dict[str, float]:
    """Of the peaks in bf16; nothing where this machine multiplies no int8."""
    if speed.INT8 not in sides:
        return {}
    return {key: sides[speed.INT8][key] / sides["tunecard-bf16"][key] for key in ("peak", "steps")}


def show(found: dict[str, Any]) -> None:
    print("{shape}, {layers} layers, {data}: {batch} rows and {tokens_a_step} real tokens a step\n".format(**found))
    keys = ("after_import", "after_loading", "steps", "peak")
    figures.print_table(
        ["MiB", "after import", "after loading", "in steps", "peak"],
        [
            [side, *(f"{one[key]:,.0f}" if key in one else "" for key in keys)]
            for side, one in found["memory_mib"].items()
        ],
    )
    for precision, ratio in found["share_of_stock"].items():
        print(f"\n{precision}: tunecard's peak is {ratio:.2f} of stock's")
    if found["int8_share_of_bf16"]:
        told = "\nint8 of bf16: {peak:.2f} of the peak, {steps:.2f} while steps are taken"
        print(told.format(**found["int8_share_of_bf16"]))


if __name__ == "__main__":
    main()
