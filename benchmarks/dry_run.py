"""Does `--dry-run` hold? Small runs of many kinds: the range that was told, the time that it took, whether it lay within.

Every case is first estimated and then run, one after the other, each in a process of its own. The cache folder is a fresh
one, so that the first case knows no earlier run of this machine, and the later ones do, as it is for a user.

    python benchmarks/dry_run.py                        # wall time, on a machine with nothing else to do
    python benchmarks/dry_run.py --clock processor --threads 1    # where others use it, too
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes

LABELS = 6
BF16 = {"precision": "bf16-mixed"}
# Rows of texts (None: the embedded entities), and what else the recipe says.
CASES: dict[str, tuple[int | None, dict[str, Any]]] = {
    "texts 500, 1 epoch": (500, {"training": {"epochs": 1}}),
    "texts 200, 1 epoch": (200, {"training": {"epochs": 1}}),
    "texts 1500, 1 epoch, bf16": (1500, {"training": {"epochs": 1, **BF16}}),
    "texts 600, fast": (600, {"quality": "fast"}),
    "entities 300, 1 epoch": (None, {"training": {"epochs": 1}, "data": {"sample": {"train": 300}}}),
    "entities, 3 epochs, bf16": (None, {"training": {"epochs": 3, **BF16}}),
    "texts 500, 3 epochs, bf16": (500, {"training": {"epochs": 3, **BF16}}),
    "texts 400, 2 seeds": (400, {"training": {"epochs": 2, "seed": [0, 1]}}),
    "texts 400, controls": (400, {"training": {"epochs": 1}, "evaluation": {"controls": ["head", "full"]}}),
    "texts 300, best, bf16": (300, {"quality": "best", "training": {"epochs": 2, **BF16}}),
    "entities 200, 5 epochs": (None, {"training": {"epochs": 5}, "data": {"sample": {"train": 200}}}),
    "texts 1000, 5 epochs": (1000, {"training": {"epochs": 5}}),
    "entities, top-2, 3 epochs": (
        None, {"adapter": {"layers": "top-2"}, "training": {"epochs": 3, "cache_frozen_prefix": True}},
    ),
}  # fmt: skip
HEADER = ("case", "told, s", "took, s", "held", "dry run, s")


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=None)
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall")
    parser.add_argument("--cases", type=int, default=len(CASES), help="how many of them, from the first one on")
    parser.add_argument("--base", default="embedded", help="embedded, tiny or what a recipe takes")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """`estimate/NUMBER` or `run/NUMBER` in this process: its seconds since it began, imports included."""
    from tunecard.adapters.methods.recipes import read_recipe
    from tunecard.pipeline import estimate, run

    settings = json.loads((folder / "settings.json").read_text())
    os.environ["TUNECARD_CACHE"] = str(folder / "cache")
    what, _, number = side.partition("/")
    recipe, told = read_recipe(folder / f"{number}.yaml", []), {}
    with rounds.silent_libraries():
        if what == "run":
            run(recipe, out=folder / f"out-{number}", base_folder=folder)
        else:
            expected = estimate(recipe, base_folder=folder, clock=clock_of(settings["clock"]))
            told = {"seconds": expected.seconds, "stages": [[one.name, one.seconds] for one in expected.stages]}
    return {"took": seconds_so_far(settings["clock"]), **told}


def clock_of(name: str) -> Any:
    from tunecard.measurement import process_cpu_seconds

    return process_cpu_seconds if name == "processor" else time.perf_counter


def seconds_so_far(clock: str) -> float:
    """Of this process, its imports and its children."""
    import psutil

    from tunecard.measurement import process_cpu_seconds

    return process_cpu_seconds() if clock == "processor" else time.time() - psutil.Process().create_time()


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """A line a case, and how many of them held."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = list(CASES)[: arguments.cases]
        make_recipes(folder, names, arguments)
        lines = [_line(case, number, folder, arguments.threads) for number, case in enumerate(names)]
    return {
        "clock": arguments.clock, "threads": arguments.threads, "base": arguments.base, "cases": lines,
        "held": sum(line["held"] for line in lines), "widest": max(line["told"][1] / line["told"][0] for line in lines),
    }  # fmt: skip


def make_recipes(folder: Path, names: list[str], arguments: argparse.Namespace) -> None:
    """Recipes and rows of every case, in `folder`."""
    (folder / "settings.json").write_text(json.dumps({"clock": arguments.clock}))
    base = shapes.name_base(folder, arguments.base, arguments.seed)
    texts = [one["text"] for one in shapes.read_rows(shapes.banking77("train"))] if _reads_texts(names) else []
    labels = [one["label"] for one in shapes.read_rows(shapes.banking77("train"))] if texts else []
    for number, case in enumerate(names):
        rows, settings = CASES[case]
        recipe: dict[str, Any] = {"base_model": base, **settings}
        recipe["data"] = {"source": "embedded" if rows is None else f"{number}.csv", **recipe.get("data", {})}
        (folder / f"{number}.yaml").write_text(json.dumps(recipe))  # JSON is YAML
        if rows is not None:
            _write_rows(folder / f"{number}.csv", texts, labels, rows)


def _reads_texts(names: list[str]) -> bool:
    return any(CASES[case][0] is not None for case in names)


def _write_rows(path: Path, texts: list[str], labels: list[int], count: int) -> None:
    step = len(texts) // count
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        for row in range(0, step * count, step):
            writer.writerow([" ".join(texts[row].split()), f"class {labels[row] % LABELS}"])


def _line(case: str, number: int, folder: Path, threads: int) -> dict[str, Any]:
    told = rounds.run_child(__file__, f"estimate/{number}", folder, threads)
    took = rounds.run_child(__file__, f"run/{number}", folder, threads)["took"]
    low, high = told["seconds"]
    line = {"case": case, "told": [low, high], "took": took, "held": low <= took <= high, "dry_run": told["took"],
            "stages": told["stages"]}  # fmt: skip
    print(json.dumps({name: value for name, value in line.items() if name != "stages"}), file=sys.stderr, flush=True)
    return line


def show(found: dict[str, Any]) -> None:
    print("{base}, {clock} time, {threads} threads\n".format(**found))
    rows = [
        [line["case"], "{:.0f}-{:.0f}".format(*line["told"]), f"{line['took']:.0f}", "yes" if line["held"] else "NO",
         f"{line['dry_run']:.1f}"]
        for line in found["cases"]
    ]  # fmt: skip
    figures.print_table(HEADER, rows)
    print(f"\n{found['held']} of {len(rows)} held; the ends of the widest range are {found['widest']:.2f} times apart")


if __name__ == "__main__":
    main()
