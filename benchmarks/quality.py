"""tunecard with nothing set against other ways to use the same labelled rows, on nine sets and three sizes.

Every side gets the same training rows, no validation rows, and predicts the same test rows; what it predicted is kept.
The command goes on where it stopped: what lies in --work is not done again, and what failed stands in its
failures.jsonl and is tried again by the next call. The table is written from what is there.

Sides: `ours` (`tunecard.run` on a recipe that names the data), `probe` (a linear model on the frozen base), `tfidf` (a
linear model on words and parts of words), `constant` (the commonest class or tag, the mean); with one seed `setfit`,
`stock` (Trainer and PEFT by its guide) and `full` (Trainer on all weights). `--sides none` only writes the table.

    python benchmarks/quality.py --data ../shared/data --work ~/quality --table docs/quality.md
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quality_cells import ENTITIES, SETS, Cell, TooFewRows, make_cell, open_cell, replace, write_json

SIZES = (10, 50, 2_000)
PLAIN = ("ours", "probe", "tfidf", "constant")  # of every seed
PEERS = ("setfit", "stock", "full")  # of the first seed
SETFIT_SETS = ("banking77", "pros_cons")
GRID_SETS = ("banking77", "bionlp2004")
RATES = {"stock": (1e-3, 3e-4, 3e-3), "full": (5e-5, 2e-5, 1e-4)}  # the guide's first; the others on GRID_SETS
LAST_WORDS = 3_000


@dataclass(frozen=True)
class Item:
    """One side of one seed of a cell."""

    set: str
    size: int
    seed: int
    side: str

    @property
    def name(self) -> str:
        return f"{self.set}/{self.size}/{self.seed}/{self.side}"

    @classmethod
    def parse(cls, name: str) -> Item:
        known, size, seed, side = name.split("/")
        return cls(known, int(size), int(seed), side)


def main() -> None:
    arguments = make_parser().parse_args()
    if arguments.child:
        answer(Item.parse(arguments.child), arguments.work, arguments.base)
        return
    cells, skipped = make_cells(arguments)
    missing = None if "setfit" not in arguments.sides else why_no_setfit(arguments.setfit_python)
    if missing:
        print(f"setfit is left out: {missing}", file=sys.stderr)
    work_off(list(plan(arguments, cells, has_setfit=not missing)), arguments)
    if arguments.table:
        from quality_table import write_table

        arguments.sides = [*PLAIN, *PEERS]
        missing_items = [
            one.name for one in plan(arguments, cells, has_setfit=True) if not is_done(arguments.work, one)
        ]
        write_table(arguments.table, arguments.work, list(cells), skipped, missing_items)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared" / "data")
    parser.add_argument("--work", type=Path, required=True, help="the folder that keeps rows, predictions and scores")
    parser.add_argument("--only", type=names, default=list(SETS), help="sets, such as banking77,wnut17; all by default")
    parser.add_argument("--cells", type=numbers, default=list(SIZES), help="10 and 50 rows a class, 2000 rows in all")
    parser.add_argument("--sides", type=names, default=[*PLAIN, *PEERS], help="of " + ", ".join([*PLAIN, *PEERS]))
    parser.add_argument("--seeds", type=numbers, default=[0, 1, 2])
    parser.add_argument("--table", type=Path, help="the page to write")
    parser.add_argument(
        "--setfit-python", default=sys.executable, help="an interpreter with setfit; this one by default"
    )
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--base", help=argparse.SUPPRESS)
    return parser


def names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def numbers(text: str) -> list[int]:
    return [int(name) for name in names(text)]


def why_no_setfit(python: str) -> str | None:
    from few_examples import why_no_setfit as ask

    return ask(python)


def make_cells(arguments: argparse.Namespace) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], str]]:
    """Every cell with the words that it learns from, cheap ones first; and why the others are skipped."""
    costs, skipped = {}, {}
    for name in arguments.only:
        for size in arguments.cells:
            try:
                made = [make_cell(arguments.data, arguments.work, name, size, seed) for seed in arguments.seeds]
            except TooFewRows as reason:
                skipped[name, size] = str(reason)
            else:
                costs[name, size] = count_words(made[0])
    return dict(sorted(costs.items(), key=lambda item: item[1])), skipped


def count_words(cell: Cell) -> int:
    texts = [row[column] for row in cell.rows("train") for column in cell.data.inputs]
    return sum(len(text.split() if isinstance(text, str) else text) for text in texts)


def plan(arguments: argparse.Namespace, cells: Sequence[tuple[str, int]], *, has_setfit: bool) -> Iterator[Item]:
    """The items in the order of work: a first seed of everything that has several, further seeds, the peers."""
    for seed in arguments.seeds:
        for name, size in cells:
            for side in PLAIN:
                if side in arguments.sides and not (side == "tfidf" and SETS[name].kind == ENTITIES):
                    yield Item(name, size, seed, side)
    first = arguments.seeds[0]
    for side in PEERS:
        for name, size in cells:
            if side not in arguments.sides or (side == "setfit" and not has_setfit):
                continue
            if side == "setfit" and (name not in SETFIT_SETS or size != 10):
                continue
            if side != "setfit" and size != 2_000:
                continue
            for variant in variants(side, name):
                yield Item(name, size, first, variant)


def variants(side: str, name: str) -> list[str]:
    """A peer by its name, and with the other rates of its grid where there is one."""
    others = RATES[side][1:] if side in RATES and name in GRID_SETS else ()
    return [side, *[f"{side}-{rate:g}" for rate in others]]


def work_off(items: Sequence[Item], arguments: argparse.Namespace) -> None:
    """Each item in a process of its own; one that fails is recorded, and the rest goes on."""
    from quality_peers import base_folder

    waiting = [item for item in items if not is_done(arguments.work, item)]
    print(f"{len(items)} items, {len(items) - len(waiting)} are there", file=sys.stderr, flush=True)
    for number, item in enumerate(waiting, 1):
        python = arguments.setfit_python if item.side == "setfit" else sys.executable
        began = time.perf_counter()
        command = [python, __file__, "--child", item.name, "--work", str(arguments.work), "--base", str(base_folder())]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = close(item, arguments.work, done)
        print(
            f"{number} of {len(waiting)}: {item.name}: {said} ({time.perf_counter() - began:.0f} s)",
            file=sys.stderr,
            flush=True,
        )


def is_done(work: Path, item: Item) -> bool:
    return (open_cell(work, item.set, item.size, item.seed).folder / f"{item.side}.json").is_file()


def close(item: Item, work: Path, done: subprocess.CompletedProcess[str]) -> str:
    """Scores what a child predicted and keeps it, or records the failure."""
    from quality_scores import describe_scores

    cell = open_cell(work, item.set, item.size, item.seed)
    kept, beside = cell.folder / f"{item.side}.parquet", cell.folder / f".{item.side}.parquet"
    try:
        if done.returncode:
            raise RuntimeError(f"exit {done.returncode}: {done.stderr[-LAST_WORDS:]}")
        told = json.loads(done.stdout.strip().splitlines()[-1])
        scores = describe_scores(cell, beside)
    except Exception as error:  # noqa: BLE001 - one item must not end a run of hours
        record_failure(work, item, str(error))
        return "failed"
    beside.replace(kept)
    write_json(cell.folder / f"{item.side}.json", {"scores": scores, **told})  # the last: it says that all is there
    return ", ".join(f"{name} {value:.4f}" for name, value in scores.items() if isinstance(value, float))


def record_failure(work: Path, item: Item, error: str) -> None:
    with (work / "failures.jsonl").open("a") as file:
        file.write(json.dumps({"item": item.name, "when": time.strftime("%Y-%m-%dT%H:%M:%S"), "error": error}) + "\n")


def answer(item: Item, work: Path, base: str) -> None:
    """A child: one side. Its predictions go beside their place, the rest to stdout."""
    import pyarrow
    import pyarrow.parquet

    cell = open_cell(work, item.set, item.size, item.seed)
    found = ask(item.side, cell, base)
    gold = [row[cell.gold] for row in cell.rows("test")]
    rows = list(range(len(gold))) if found.rows is None else found.rows
    columns: dict[str, Any] = {"row": rows, "label": [gold[row] for row in rows], "prediction": found.predictions}
    columns |= {f"prediction.{name}": said for name, said in found.also.items()}
    if found.probabilities is not None:
        columns["probabilities"] = single_precision(found.probabilities)
    table = pyarrow.table(columns)
    replace(
        cell.folder / f".{item.side}.parquet", lambda path: pyarrow.parquet.write_table(table, path, compression="zstd")
    )
    print(json.dumps({"seconds": found.seconds, "settings": found.settings, "commit": commit()}))


def ask(side: str, cell: Cell, base: str) -> Any:
    import quality_peers
    import quality_sides

    name, _, rate = side.partition("-")
    if name == "setfit":
        return quality_peers.setfit(cell, base)
    if name in RATES:
        return getattr(quality_peers, name)(cell, base, float(rate) if rate else RATES[name][0])
    return getattr(quality_sides, side)(cell)


def single_precision(probabilities: Any) -> Any:
    import pyarrow

    inner = pyarrow.list_(pyarrow.float32())
    nested = bool(probabilities) and bool(probabilities[0]) and isinstance(probabilities[0][0], list | type(None))
    return pyarrow.array(probabilities, pyarrow.list_(inner) if nested else inner)


def commit() -> str:
    """Of the checkout that this script stands in, with a + where files differ from it."""
    folder = Path(__file__).parent
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
