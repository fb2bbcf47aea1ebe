"""Scores of runs whose frozen products are in int8 beside runs in the regime's own type: same rows, same seeds.

A seed draws the training rows, the head, the order and the dropout of both; all else is what `tunecard run` decides.
Equivalent means that the whole 90 % interval of the mean difference over seeds (t) lies within the margin: two one-sided
tests at 5 %, Schuirmann 1987. The 95 % interval stands beside it.

    python benchmarks/int8_scores.py                               # 2,000 rows of banking77 and bionlp2004, 5 seeds
    python benchmarks/int8_scores.py --sets banking77 --rows 300 --seeds 42 43
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import figures
import quality_cells
import rounds
import shapes
from quality_scores import mean_score, row_counts

SIDES = ("bf16", "int8")
REGIMES = {"bf16": "bf16-mixed", "fp32": "fp32"}


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=None)
    parser.add_argument("--sets", nargs="+", default=["banking77", "bionlp2004"], choices=sorted(quality_cells.SETS))
    parser.add_argument("--rows", type=int, default=2_000, help="to learn from")
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43, 44, 45, 46])
    parser.add_argument("--base", default="embedded")
    parser.add_argument("--epochs", type=int, help="what the recipe decides by default")
    parser.add_argument("--margin", type=float, default=0.005, help="of the score: a difference that would not matter")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One run, named SIDE/SET/ROWS/SEED/EPOCHS, in this process: its score, its answers, the seconds of its steps."""
    import tunecard
    from tunecard.evidence import RunFolder

    name, known, rows, seed, epochs = side.split("/")
    cell = quality_cells.open_cell(folder, known, int(rows), int(seed))
    source = {split: str(cell.folder / f"{split}.parquet") for split in ("train", "test")}
    recipe: dict[str, Any] = {
        "base_model": (folder / "base.txt").read_text(),
        "data": {"source": source} | ({"labels": cell.labels} if cell.labels else {}),
        "training": {"seed": int(seed), "precision": REGIMES["bf16"]} | ({"epochs": int(epochs)} if epochs else {}),
        "evaluation": {"budget": 0},  # probes take long and change no answer
    }
    if name == "int8":
        recipe["training"]["frozen_products"] = "int8"
    out = cell.folder / name
    began = time.perf_counter()
    tunecard.run(recipe, out=out, overwrite=out.exists())
    seconds = time.perf_counter() - began
    said = list(RunFolder(out).read_predictions("test", with_probabilities=False).predictions)
    gold = [row[cell.gold] for row in cell.rows("test")]
    totals = row_counts(cell.data.kind, gold, said, cell.labels).sum(axis=0)
    return {"score": float(mean_score(cell.data.kind, totals, 1)), "said": said, "seconds": seconds, "n": len(gold)}


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Both sides' scores by seed, their differences with intervals, and how many answers differ."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "base.txt").write_text(shapes.name_base(folder, arguments.base, arguments.seed))
        for known in arguments.sets:
            for seed in arguments.seeds:
                quality_cells.make_cell(shapes.SHARED_DATA, folder, known, arguments.rows, seed)
        names = {
            (known, seed, side): f"{side}/{known}/{arguments.rows}/{seed}/{arguments.epochs or ''}"
            for known in arguments.sets
            for seed in arguments.seeds
            for side in SIDES
        }
        found = rounds.in_turn(__file__, list(names.values()), 1, folder, arguments.threads)
    measured = {
        known: [tuple(found[names[known, seed, side]][0] for side in SIDES) for seed in arguments.seeds]
        for known in arguments.sets
    }
    told = ("base", "rows", "seeds", "epochs", "margin", "threads")
    return {name: getattr(arguments, name) for name in told} | {
        "sets": {known: compare(pairs, arguments.margin) for known, pairs in measured.items()}
    }


def compare(pairs: Sequence[Sequence[dict[str, Any]]], margin: float) -> dict[str, Any]:
    """Both sides over (S,) seeds, and int8 minus bf16, paired by seed."""
    sides = {
        side: {
            "scores": [pair[place]["score"] for pair in pairs],
            "seconds": figures.spread([pair[place]["seconds"] for pair in pairs]),
        }
        for place, side in enumerate(SIDES)
    }
    gaps = [pair[1]["score"] - pair[0]["score"] for pair in pairs]
    inner = figures.t_interval(gaps, 0.9)
    return {
        "sides": sides, "n": pairs[0][0]["n"], "gaps": gaps, "mean": statistics.fmean(gaps),
        "interval_90": inner, "interval_95": figures.t_interval(gaps, 0.95),
        "is_equivalent": None if inner is None else -margin <= inner[0] and inner[1] <= margin,
        "agreement": [figures.share_alike(pair[0]["said"], pair[1]["said"]) for pair in pairs],
    }  # fmt: skip


def show(found: dict[str, Any]) -> None:
    print("{base}, {rows} rows, seeds {seeds}, {threads} threads\n".format(**found))
    for known, one in found["sets"].items():
        rows = [
            [side, " ".join(f"{score:.4f}" for score in told["scores"]), f"{statistics.fmean(told['scores']):.4f}",
             f"{told['seconds']['median']:.0f}"]
            for side, told in one["sides"].items()
        ]  # fmt: skip
        print(f"{known}, {one['n']} test rows of the last seed")
        figures.print_table(("products", "score by seed", "mean", "seconds a run"), rows)
        print(f"int8 minus bf16: {one['mean']:+.4f}; answers alike {min(one['agreement']):.1%} or more")
        if one["interval_95"]:
            verdict = "equivalent" if one["is_equivalent"] else "not shown to be equivalent"
            (low, high), (inner_low, inner_high) = one["interval_95"], one["interval_90"]
            print(
                f"95 % {low:+.4f} to {high:+.4f}, 90 % {inner_low:+.4f} to {inner_high:+.4f}: {verdict} within "
                f"{found['margin']}\n"
            )


if __name__ == "__main__":
    main()
