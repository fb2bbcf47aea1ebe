"""Several seeds of quality with dropout on: tunecard's engine against stock Trainer + PEFT, given the same start.

BANKING77, tunecard's own settings (its rules decide what no option names). Of a seed, both sides have the same base, head
(fitted once, by a linear probe), LoRA weights, rows in the same order, optimizer, schedule and epochs; what differs is
the engine: packed rows and fused layers with dropout bits of its own here, padded batches and torch's dropout there. What
each side learned is put on a base loaded afresh in fp32 and predicts the test rows by the same function.

With `--dropout 0` nothing random is left and both sides must come out alike: the check of this comparison itself.

    python benchmarks/quality_seeds.py
    python benchmarks/quality_seeds.py --base tiny --rows 40 --test-rows 40 --epochs 1 --seeds 1 2
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes

OURS, STOCK, HEAD = "tunecard", "stock", "head"
VALIDATION_ROWS = 400  # the probe chooses its regularisation by them
LEVEL = 0.95


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=None)
    parser.add_argument("--base", default="embedded", help="as a recipe names it, or tiny: random, to try this script")
    parser.add_argument("--rows", type=int, default=2_000, help="to learn from; --seed decides which")
    parser.add_argument("--test-rows", type=int, help="to score; all by default")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16, help="rows a step")
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43, 44, 45, 46], help="of LoRA, order and dropout")
    parser.add_argument("--targets", nargs="+", default=["all-linear"], help="layers with LoRA (default: all-linear)")
    parser.add_argument("--dropout", type=float, default=0.1, help="of LoRA and of the base (default: %(default)s)")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--margin", type=float, default=0.01, help="of accuracy: a loss that would matter")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """The head, or one side named NAME-SEED, in this process."""
    import same_start

    if side == HEAD:
        return same_start.save_head(folder)
    name, _, seed = side.rpartition("-")
    return same_start.train(folder, int(seed), is_stock=name == STOCK)


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Accuracy of both sides by seed, their difference with its interval, and seconds."""
    with tempfile.TemporaryDirectory() as name:
        write_recipe(arguments, Path(name))
        sides = [f"{side}-{seed}" for seed in arguments.seeds for side in (OURS, STOCK)]
        found = rounds.in_turn(__file__, [HEAD, *sides], 1, Path(name), arguments.threads)
    pairs = [(found[f"{OURS}-{seed}"][0], found[f"{STOCK}-{seed}"][0]) for seed in arguments.seeds]
    if any(mine["start"] != stock["start"] for mine, stock in pairs):
        raise SystemExit("the sides of a seed did not start from the same weights: there is nothing to compare")
    settings = ("base", "rows", "epochs", "batch", "seeds", "targets", "dropout", "precision", "threads")
    return {name: getattr(arguments, name) for name in settings} | {
        "test_rows": len(pairs[0][0]["is_right"]), "head": found[HEAD][0], **compare(pairs, arguments.margin),
    }  # fmt: skip


def write_recipe(arguments: argparse.Namespace, folder: Path) -> None:
    """`folder/recipe.yaml`, from which every child prepares the same rows and settings. JSON is YAML."""
    source = {split: str(shapes.banking77(split)) for split in ("train", "test")}
    sample = {"train": arguments.rows, "validation": min(VALIDATION_ROWS, arguments.rows), "test": arguments.test_rows}
    targets = arguments.targets[0] if arguments.targets == ["all-linear"] else arguments.targets
    recipe = {
        "base_model": shapes.name_base(folder, arguments.base, arguments.seed), "device": "cpu",
        "data": {"source": source, "sample": sample},
        "adapter": {"dropout": arguments.dropout, "target_modules": targets},
        "training": {
            "epochs": arguments.epochs, "train_batch_size": arguments.batch, "early_stopping": False,
            "precision": "bf16-mixed" if arguments.precision == "bf16" else "fp32", "seed": arguments.seed,
        },
    }  # fmt: skip
    (folder / "recipe.yaml").write_text(json.dumps(recipe))


def compare(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], margin: float) -> dict[str, Any]:
    """Both sides over the seeds, and tunecard minus stock, paired by seed.

    Args:
        pairs: (S,) what tunecard and stock measured of each seed.
        margin: `is_not_worse` says that the whole interval lies above minus this.
    """
    sides = {name: summarise([pair[place] for pair in pairs]) for place, name in enumerate((OURS, STOCK))}
    gaps = [mine - stock for mine, stock in zip(sides[OURS]["accuracy"], sides[STOCK]["accuracy"], strict=True)]
    interval = figures.t_interval(gaps, LEVEL)
    return {
        "sides": sides, "difference": {"by_seed": gaps, "mean": statistics.fmean(gaps), "interval_95": interval},
        "agreement": [figures.share_alike(mine["predictions"], stock["predictions"]) for mine, stock in pairs],
        "margin": margin, "is_not_worse": None if interval is None else interval[0] > -margin,
    }  # fmt: skip


def summarise(seeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One side over its seeds; the deviation is that of a sample, None for one seed."""
    accuracy = [statistics.fmean(one["is_right"]) for one in seeds]
    return {
        "accuracy": accuracy, "mean": statistics.fmean(accuracy),
        "standard_deviation": statistics.stdev(accuracy) if len(seeds) > 1 else None,
        "seconds": figures.spread([one["seconds"] for one in seeds]),
        "tokens_a_second": figures.spread([one["tokens"] / one["seconds"] for one in seeds]),
    }  # fmt: skip


def show(found: dict[str, Any]) -> None:
    print(
        "{base}, BANKING77, {rows} rows, {epochs} epochs, dropout {dropout}, {precision}, {threads} threads; "
        "{test_rows} test rows\n".format(**found)
    )
    rows = [
        [
            side, " ".join(f"{score:.4f}" for score in one["accuracy"]), f"{one['mean']:.4f}",
            "" if one["standard_deviation"] is None else f"{one['standard_deviation']:.4f}",
            f"{one['seconds']['median']:.0f}", f"{one['tokens_a_second']['median']:,.0f}",
        ]
        for side, one in found["sides"].items()
    ]  # fmt: skip
    figures.print_table(("side", "accuracy by seed", "mean", "SD", "seconds a seed", "real tokens/s"), rows)
    gap = found["difference"]
    print(
        f"\ntunecard minus stock: {gap['mean']:+.4f}; the same label for {min(found['agreement']):.1%} of rows or more"
    )
    if gap["interval_95"]:
        verdict = "not worse" if found["is_not_worse"] else "not shown to be not worse"
        low, high = gap["interval_95"]
        print(f"95 % over seeds (t): {low:+.4f} to {high:+.4f}; {verdict}, by a margin of {found['margin']}")


if __name__ == "__main__":
    main()
