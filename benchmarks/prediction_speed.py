"""Prediction: tunecard on a merged adapter against transformers.pipeline with batch_size=32, from texts to labels.

Both sides tokenize, compute and decode the same texts with the same merged weights, in turn, in the same precision (the
pipeline with dtype bfloat16) on the same threads. Share of the ceiling: as in `training_speed.py`, forward only; it is
below what the model alone reaches, since tokenizing and decoding count as time here.

`--growth` instead streams a csv of more and more rows through a tiny model: time a row and memory must stay level.

    python benchmarks/prediction_speed.py --shape roberta-large --precision bf16
    python benchmarks/prediction_speed.py --growth
"""

from __future__ import annotations

import argparse
import csv
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes
import speed

PIPELINE, GROWTH = "pipeline", "growth"
PIPELINE_BATCH = 32
WARM_UP = 64  # texts
GROWTH_TEXTS = 1_000  # of which a csv of any length is made


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__)
    speed.add_workload_arguments(parser)
    speed.add_precision_argument(parser)
    parser.add_argument("--task", choices=("text", "token"), default="text")
    parser.add_argument("--rows", type=int, default=1_000, help="texts to predict")
    parser.add_argument("--growth", action="store_true", help="measure time a row and memory of streams instead")
    parser.add_argument("--growth-rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side, named NAME-PRECISION or growth-ROWS, in this process."""
    import ceiling
    import ours
    import peers

    work = shapes.Workload.read(folder)
    name, _, detail = side.rpartition("-")
    if name == speed.CEILING:
        return ceiling.measure_ceiling(work, detail, has_backward=False)
    if name == GROWTH:
        return stream(work, folder, int(detail))
    return (ours if name == speed.OURS else peers).predict(work, folder, detail)


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Both sides' speed, or the growth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.growth:
            return grow(arguments, folder)
        work = make_workload(folder, arguments, arguments.shape, arguments.rows)
        lengths = shapes.token_lengths(folder / "base", work.texts)
        found = speed.measure_sides(__file__, [PIPELINE], arguments, folder)
    return {
        "shape": work.shape, "layers": work.layers, "precision": arguments.precision, "task": arguments.task,
        "data": arguments.data, "rows": arguments.rows, "rounds": arguments.rounds, "threads": arguments.threads,
        "tokens_a_batch": work.tokens, **summarise(work, lengths, found),
    }  # fmt: skip


def make_workload(folder: Path, arguments: argparse.Namespace, shape: str, rows: int) -> shapes.Workload:
    """Puts base, merged model and texts into `folder`."""
    from ours import save_merged

    from tunecard.inference.batches import token_budget_batches

    layers = arguments.layers or shapes.SHAPES[shape].layers
    base = shapes.make_base(folder, shape, layers, arguments.seed)
    texts, labels, classes = shapes.read_texts(arguments.data, base, rows, arguments.seed)
    lengths = shapes.token_lengths(base, texts)
    tokens = round(sum(lengths) / len(token_budget_batches(lengths)))
    work = shapes.Workload(
        shape, layers, arguments.task, texts, labels, classes, PIPELINE_BATCH, WARM_UP, arguments.seed, tokens
    )
    work.save(folder)
    save_merged(work, folder)
    return work


def summarise(work: shapes.Workload, lengths: list[int], found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The figures of both sides out of their rounds."""
    padded = sum(len(batch) * max(batch) for batch in shapes.in_batches(lengths, PIPELINE_BATCH))
    counts = {speed.OURS: (sum(lengths), sum(lengths)), PIPELINE: (sum(lengths), padded)}
    figured = speed.compare(work, found, counts, len(lengths), has_backward=False, is_narrow=work.task == "text")
    for side, one in figured["sides"].items():
        one["rows_a_second"] = figures.spread([len(lengths) / turn["seconds"] for turn in found[side]])
    return figured | {"agreement": agreement(found[speed.OURS][0], found[PIPELINE][0])}


def agreement(mine: dict[str, Any], other: dict[str, Any]) -> float | None:
    """The share of texts that both sides label alike; None for tokens, which the pipeline names by pieces."""
    if other["predictions"] is None:
        return None
    return figures.share_alike(mine["predictions"], other["predictions"])


def grow(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Each number of rows once, in a process of its own."""
    work = make_workload(folder, arguments, "tiny", GROWTH_TEXTS)
    sizes = {
        rows: rounds.run_child(__file__, f"{GROWTH}-{rows}", folder, arguments.threads)
        for rows in arguments.growth_rows
    }
    return {
        "shape": work.shape, "task": work.task, "threads": arguments.threads,
        "growth": [{"rows": rows, **found} for rows, found in sizes.items()],
    }  # fmt: skip


def stream(work: shapes.Workload, folder: Path, rows: int) -> dict[str, Any]:
    """A generated csv through `predict_stream`."""
    from ours import load_engine

    from tunecard.inference import Predictor, predict_stream

    source, out = folder / "rows.csv", folder / "predictions.jsonl"
    with source.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text"])
        writer.writerows([text] for text in itertools.islice(itertools.cycle(work.texts), rows))
    engine, memory = load_engine(work, folder, "fp32")
    began = time.perf_counter()
    found = predict_stream(Predictor(engine), source, out)
    seconds = time.perf_counter() - began
    if (found.rows, found.errors) != (rows, 0):
        raise SystemExit(f"{rows} rows went in; {found.rows} came out, {found.errors} of them errors")
    return {
        "seconds": seconds,
        "microseconds_a_row": seconds / rows * 1e6,
        "memory_mib": memory | {"peak": rounds.peak_mib()},
    }


def show(found: dict[str, Any]) -> None:
    if "growth" in found:
        show_growth(found["growth"])
        return
    print("{shape}, {layers} layers, {precision}, {task}, {data}: {rows} rows, {threads} threads\n".format(**found))
    figures.show_sides(found["sides"])
    for side, one in found["sides"].items():
        print(f"{side}: {one['rows_a_second']['median']:,.0f} rows a second")
    if found["agreement"] is not None:
        print(f"both give {found['agreement']:.1%} of the texts the same label")
    figures.show_ceiling(found["ceiling"])


def show_growth(growth: list[dict[str, Any]]) -> None:
    rows = [
        [f"{one['rows']:,}", f"{one['seconds']:.1f}", f"{one['microseconds_a_row']:.0f}"]
        + [f"{one['memory_mib'][key]:.0f}" for key in ("after_import", "after_loading", "peak")]
        for one in growth
    ]
    header = ("rows", "seconds", "microseconds a row", "MiB after import", "after loading", "peak")
    figures.print_table(header, rows)


if __name__ == "__main__":
    main()
