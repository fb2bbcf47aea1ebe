"""Rows with many different adapters in one batch, against one adapter for all rows, and against PEFT's mixed batches.

Random weights over a random base; every side reads the same rows, and each has a process of its own. One adapter alone
is measured twice: beside the weights, as a mixed batch has its adapters, and merged into them, as `tunecard.load` serves
one. First, one child compares every logit of the mixed rows with stock PEFT, adapter by adapter.

    python benchmarks/many_adapters.py
    python benchmarks/many_adapters.py --shape roberta-large --task text --rounds 5 --json
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes
import speed

ALONE, MERGED, MIXED, ONE, PEFT = "one-alone", "one-merged", "all-mixed", "one-in-mixed-layers", "peft-all-mixed"
DIFFERENCE = "difference"
MEANING = {
    ALONE: "one adapter beside the weights",
    MERGED: "one adapter, merged",
    MIXED: "every row its own adapter",
    ONE: "layers for all adapters, one in use",
    PEFT: "PEFT's adapter_names",
}


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__)
    speed.add_workload_arguments(parser)
    parser.add_argument("--task", choices=("text", "token"), default="token")
    parser.add_argument("--adapters", type=int, default=64, help="in memory")
    parser.add_argument("--rows", type=int, default=64, help="of one call, each with the next adapter")
    parser.add_argument("--rank", type=int, default=16, help="of every adapter")
    parser.add_argument("--targets", nargs="+", default=["all-linear"], help="layers with LoRA (default: all-linear)")
    parser.add_argument("--calls", type=int, default=10, help="timed calls a round; their median counts")
    parser.add_argument("--without-peft", action="store_true", help="leave PEFT's mixed batches out")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side, or the difference from stock PEFT, in this process."""
    import many_adapters_sides

    if side == DIFFERENCE:
        return many_adapters_sides.largest_difference(folder)
    predict = {
        ALONE: many_adapters_sides.predict_alone,
        MERGED: many_adapters_sides.predict_merged,
        MIXED: many_adapters_sides.predict_mixed,
        ONE: many_adapters_sides.predict_one_in_mixed_layers,
        PEFT: many_adapters_sides.predict_peft,
    }[side]
    return many_adapters_sides.time_calls(predict, folder)


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Rows a second of every side, and how that compares with one adapter alone in the same round."""
    with tempfile.TemporaryDirectory() as name:
        work = make_workload(arguments, Path(name))
        difference = rounds.run_child(__file__, DIFFERENCE, Path(name), arguments.threads)
        sides = [ALONE, MERGED, MIXED, ONE, *([] if arguments.without_peft else [PEFT])]
        found = rounds.in_turn(__file__, sides, arguments.rounds, Path(name), arguments.threads)
    settings = ("adapters", "rows", "rank", "targets", "task", "calls", "rounds", "threads")
    reasons = {side: measured[0]["reason"] for side, measured in found.items() if "reason" in measured[0]}
    return {name: getattr(arguments, name) for name in settings} | {
        "shape": work.shape, "layers": work.layers, "tokens_a_batch": work.tokens,
        "largest_difference_from_peft": difference["largest"], "not_run": reasons,
        "sides": {
            side: {
                "rows_a_second": figures.spread([arguments.rows / one["seconds"] for one in measured]),
                "of_one_alone": _share_of(found[ALONE], measured), "of_one_merged": _share_of(found[MERGED], measured),
                "peak_memory_mib": max(one["memory_mib"] for one in measured),
            }
            for side, measured in found.items() if side not in reasons
        },
    }  # fmt: skip


def make_workload(arguments: argparse.Namespace, folder: Path) -> shapes.Workload:
    """Puts base and rows into `folder`, and `many.json`: what the sides do with them."""
    layers = arguments.layers or shapes.SHAPES[arguments.shape].layers
    base = shapes.make_base(folder, arguments.shape, layers, arguments.seed)
    texts, labels, classes = shapes.read_texts(arguments.data, base, arguments.rows, arguments.seed)
    tokens = sum(shapes.token_lengths(base, texts))
    work = shapes.Workload(
        arguments.shape, layers, arguments.task, texts, labels, classes, arguments.rows, 1, arguments.seed, tokens
    )
    work.save(folder)
    settings = {name: getattr(arguments, name) for name in ("adapters", "rank", "targets", "calls")}
    (folder / "many.json").write_text(json.dumps(settings))
    return work


def _share_of(one: list[dict[str, Any]], measured: list[dict[str, Any]]) -> dict[str, float]:
    """Speed as a share of the speed of `one` in the same round."""
    return figures.spread([a["seconds"] / b["seconds"] for a, b in zip(one, measured, strict=True)])


def show(found: dict[str, Any]) -> None:
    print(
        "{shape}, {layers} layers, {task}: {adapters} adapters of rank {rank}, {rows} rows with {tokens_a_batch} tokens, "
        "{threads} threads".format(**found)
    )
    print(f"largest difference of a logit from stock PEFT: {found['largest_difference_from_peft']:.1e}\n")
    rows = [
        [
            MEANING[side], figures.shown(one["rows_a_second"], 1), figures.shown(one["of_one_alone"], 2),
            figures.shown(one["of_one_merged"], 2), f"{one['peak_memory_mib']:,.0f}",
        ]
        for side, one in found["sides"].items()
    ]  # fmt: skip
    figures.print_table(("side", "rows/s", "of one alone", "of one merged", "peak MiB"), rows)
    for side, reason in found["not_run"].items():
        print(f"\n{MEANING[side]} does not run: {reason}")


if __name__ == "__main__":
    main()
