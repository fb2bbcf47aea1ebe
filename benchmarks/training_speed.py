"""Training: tunecard's optimizer steps against stock Trainer + PEFT, in real tokens a second and share of the ceiling.

Both sides learn LoRA (r=8 on query and value, dropout 0.1, AdamW) from the same rows in the same precision on the same
threads, in turn. Only optimizer steps are timed, the first two are dropped. The ceiling is what the products of the
model's linear layers reach alone, measured in the same run (`ceiling.py`). Padding is no real token.

    python benchmarks/training_speed.py --shape minilm --precision bf16 --data banking77
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes
import speed

PEERS = ("padded-to-128", "dynamic-padding", "grouped-by-length")
WARM_UP = 2  # steps


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__)
    speed.add_workload_arguments(parser)
    speed.add_precision_argument(parser)
    add_step_arguments(parser, steps=12)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    return parser


def add_step_arguments(parser: argparse.ArgumentParser, steps: int) -> None:
    """`--batch` and `--steps`."""
    parser.add_argument("--batch", type=int, help="rows a step; by default 32 for minilm, 16 for roberta-large")
    parser.add_argument("--steps", type=int, default=steps, help="timed steps a round, behind the two of the warm-up")


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side, named NAME-PRECISION, in this process."""
    import ceiling
    import ours
    import peers

    work = shapes.Workload.read(folder)
    name, _, precision = side.rpartition("-")
    if name == speed.CEILING:
        return ceiling.measure_ceiling(work, precision, has_backward=True)
    return ours.train(work, folder, precision) if name == speed.OURS else peers.train(work, folder, name, precision)


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every side's tokens a second, their ratio to ours, shares of the ceiling and peaks of memory."""
    with tempfile.TemporaryDirectory() as name:
        work = make_workload(arguments, Path(name))
        found = speed.measure_sides(__file__, arguments.peers, arguments, Path(name))
    return {
        "shape": work.shape, "layers": work.layers, "precision": arguments.precision, "data": arguments.data,
        "batch": work.batch, "steps": arguments.steps, "rounds": arguments.rounds, "threads": arguments.threads,
        "tokens_a_step": work.tokens, **summarise(work, found),
    }  # fmt: skip


def make_workload(arguments: argparse.Namespace, folder: Path) -> shapes.Workload:
    """Puts base and rows into `folder`."""
    shape = shapes.SHAPES[arguments.shape]
    layers, batch = arguments.layers or shape.layers, arguments.batch or shape.batch
    base = shapes.make_base(folder, arguments.shape, layers, arguments.seed)
    texts, labels, classes = shapes.read_texts(
        arguments.data, base, (arguments.steps + WARM_UP) * batch, arguments.seed
    )
    timed = shapes.token_lengths(base, texts)[WARM_UP * batch :]
    work = shapes.Workload(
        arguments.shape, layers, "text", texts, labels, classes, batch, WARM_UP, arguments.seed,
        round(sum(timed) / arguments.steps),
    )  # fmt: skip
    work.save(folder)
    return work


def summarise(work: shapes.Workload, found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The figures of every side out of its rounds."""
    counts = {
        side: (measured[0]["tokens"], measured[0]["computed_tokens"])
        for side, measured in found.items()
        if side != speed.CEILING
    }
    texts = len(work.texts) - work.warm_up * work.batch
    return speed.compare(work, found, counts, texts, has_backward=True, is_narrow=True)


def show(found: dict[str, Any]) -> None:
    print(
        "{shape}, {layers} layers, {precision}, {data}: {batch} rows and {tokens_a_step} real tokens a step, "
        "{threads} threads\n".format(**found)
    )
    figures.show_sides(found["sides"])
    figures.show_ceiling(found["ceiling"])


if __name__ == "__main__":
    main()
