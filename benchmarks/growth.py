"""Growth: time a real token and peak memory as rows, tokens a row, classes and the rank of LoRA grow, one at a time.

Optimizer steps of the 6 x 384 shape, a fixed number of tokens a step; each point in a process of its own, and what is not
varied stays as small as `USUAL` says. Rows are also streamed, csv to predictions. Texts are random words of one token each.

    python benchmarks/growth.py --docs docs                     # all points, and the page with its picture
    python benchmarks/growth.py --points tokens rank-256        # some of them
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes
import speed

POINTS: dict[str, tuple[int, ...]] = {
    "rows": (1_000, 10_000, 100_000), "stream": (1_000, 10_000, 100_000), "tokens": (32, 64, 128, 256, 512),
    "classes": (2, 10, 100, 1_000), "rank": (4, 16, 64, 256),
}  # fmt: skip
NAMES = tuple(f"{axis}-{value}" for axis, values in POINTS.items() for value in values)
USUAL = {"tokens": 32, "classes": 10, "rank": 8}
SHORT = 10  # tokens of a row where rows are what grows
WARM_UP = 3  # steps


@dataclass(frozen=True)
class Setting:
    """What all points share, as JSON beside the base."""

    shape: str
    layers: int
    precision: str
    tokens_a_step: int
    steps: int
    seed: int
    clock: str


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=1)
    parser.add_argument("--shape", choices=sorted(shapes.SHAPES), default="minilm")
    parser.add_argument("--layers", type=int, help="of the model; the shape's own by default")
    speed.add_precision_argument(parser)
    parser.set_defaults(precision="bf16")
    parser.add_argument("--points", nargs="+", default=list(POINTS), help="axes or points: tokens, rank-256, ...")
    parser.add_argument("--tokens-a-step", type=int, default=2_048)
    parser.add_argument("--steps", type=int, default=10, help="timed steps of a point")
    parser.add_argument("--clock", choices=sorted(rounds.CLOCKS), default="wall")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="writes growth.md and growth.png there")
    return parser


def measure(point: str, folder: Path) -> dict[str, Any]:
    """One point, named AXIS-VALUE, in this process."""
    setting = Setting(**json.loads((folder / "setting.json").read_text()))
    axis, _, value = point.partition("-")
    return (stream if axis == "stream" else train)(setting, folder, axis, int(value))


def train(setting: Setting, folder: Path, axis: str, value: int) -> dict[str, Any]:
    """Seconds and tokens of every timed step; the rows of a step lie evenly among all."""
    import ours

    from tunecard.training import Trainer

    memory = {"after_import": rounds.peak_mib()}
    asked = USUAL | ({"tokens": SHORT} if axis == "rows" else {axis: value})
    batch = max(1, setting.tokens_a_step // asked["tokens"])
    needed = (setting.steps + WARM_UP) * batch
    work = make_workload(setting, folder, max(needed, value if axis == "rows" else 0), asked, batch)
    begun = ours.start(work, folder, setting.precision, setting.seed, rank=asked["rank"], max_length=asked["tokens"])
    trainer = Trainer(begun.model, begun.data, begun.plan, begun.new_modules)
    ours.require_fast(trainer.path)
    memory["after_loading"] = rounds.peak_mib()
    begun.model.train()
    now, seconds, tokens = rounds.CLOCKS[setting.clock], [], []
    every = len(work.texts) // needed
    for rows in shapes.in_batches(range(0, needed * every, every), batch):
        began = now()
        _ = trainer.step(rows).outcome
        seconds.append(now() - began)
        tokens.append(sum(begun.data.train.lengths[row] for row in rows))
        trainer.result.steps += 1
    return {
        "seconds": seconds[WARM_UP:], "tokens": tokens[WARM_UP:], "rows_a_step": batch,
        "memory_mib": memory | {"peak": rounds.peak_mib()},
    }  # fmt: skip


def make_workload(setting: Setting, folder: Path, rows: int, asked: Mapping[str, int], batch: int) -> shapes.Workload:
    """So many rows of one length; their classes are drawn."""
    dice = random.Random(setting.seed)
    distinct = min(rows, 2_000)
    texts = shapes.texts_of(folder / "base", [asked["tokens"]] * distinct, dice)
    labels = [dice.randrange(asked["classes"]) for _ in range(rows)]
    return shapes.Workload(
        setting.shape, setting.layers, "text", list(itertools.islice(itertools.cycle(texts), rows)), labels,
        asked["classes"], batch, WARM_UP, setting.seed, setting.tokens_a_step,
    )  # fmt: skip


def stream(setting: Setting, folder: Path, axis: str, rows: int) -> dict[str, Any]:
    """A csv of so many rows through `predict_stream`: reading, tokenizing and writing count."""
    import ours

    from tunecard.inference import Predictor, predict_stream

    work = make_workload(setting, folder, rows, USUAL | {"tokens": SHORT}, 1)
    if not (folder / "merged").exists():
        ours.save_merged(work, folder)
    source = folder / f"{rows}.csv"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text in work.texts)])
    del work.texts[SHORT:]  # they are no part of what a stream holds
    engine, memory = ours.load_engine(work, folder, setting.precision)
    now = rounds.CLOCKS[setting.clock]
    began = now()
    predict_stream(Predictor(engine), source, folder / f"{rows}.jsonl")
    return {
        "seconds": [now() - began], "tokens": [rows * SHORT], "rows_a_step": rows,
        "memory_mib": memory | {"peak": rounds.peak_mib()},
    }  # fmt: skip


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every point's time a token and memory."""
    points = [name for name in NAMES if {name, name.partition("-")[0]} & set(arguments.points)]
    unknown = set(arguments.points) - set(POINTS) - set(NAMES)
    if unknown:
        raise SystemExit(f"--points must be of {', '.join(POINTS)}, or of {', '.join(NAMES)}. Got: {sorted(unknown)}")
    layers = arguments.layers or shapes.SHAPES[arguments.shape].layers
    setting = Setting(
        arguments.shape, layers, arguments.precision, arguments.tokens_a_step, arguments.steps, arguments.seed,
        arguments.clock,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shapes.make_base(folder, setting.shape, layers, setting.seed)
        (folder / "setting.json").write_text(json.dumps(vars(setting)))
        measured = rounds.in_turn(__file__, points, arguments.rounds, folder, arguments.threads)
    found = vars(setting) | {
        "threads": arguments.threads, "date": time.strftime("%Y-%m-%d"),
        "points": [summarise(point, measured[point]) for point in points],
    }  # fmt: skip
    if arguments.docs:
        import growth_page

        growth_page.write(found, arguments.docs)
    return found


def summarise(point: str, measured: list[dict[str, Any]]) -> dict[str, Any]:
    """A point's median and range over the steps of all rounds."""
    axis, _, value = point.partition("-")
    each = [took / tokens * 1e6 for one in measured for took, tokens in zip(one["seconds"], one["tokens"], strict=True)]
    return {
        "axis": axis, "value": int(value), "microseconds_a_token": figures.spread(each), "n": len(each),
        "rows_a_step": measured[0]["rows_a_step"],
        "peak_memory_mib": statistics.median(one["memory_mib"]["peak"] for one in measured),
        "memory_after_loading_mib": statistics.median(one["memory_mib"]["after_loading"] for one in measured),
    }  # fmt: skip


def show(found: dict[str, Any]) -> None:
    print("{shape}, {layers} layers, {precision}, {threads} threads, {clock} time\n".format(**found))
    header = ("point", "microseconds a token", "n", "rows a step", "peak MiB", "after loading")
    figures.print_table(header, [_line(one) for one in found["points"]])


def _line(one: Mapping[str, Any]) -> list[str]:
    return [
        f"{one['axis']} {one['value']:,}", figures.shown(one["microseconds_a_token"], 1), str(one["n"]),
        str(one["rows_a_step"]), f"{one['peak_memory_mib']:,.0f}", f"{one['memory_after_loading_mib']:,.0f}",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
