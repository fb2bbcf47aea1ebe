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

OURS, CEILING = "tunecard", "ceiling"
PEERS = ("padded-to-128", "dynamic-padding", "grouped-by-length")
WARM_UP = 2  # steps


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=sorted(shapes.SHAPES), default="minilm")
    parser.add_argument("--layers", type=int, help="of the model; the shape's own by default")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--data", default="short", help="short (random words), banking77, or a .txt, .csv or .parquet")
    parser.add_argument("--batch", type=int, help="rows a step; by default 32 for minilm, 16 for roberta-large")
    parser.add_argument("--steps", type=int, default=12, help="timed steps a round")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    rounds.add_common_arguments(parser)
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side, named NAME-PRECISION, in this process."""
    import ceiling
    import ours
    import peers

    work = shapes.Workload.read(folder)
    name, _, precision = side.rpartition("-")
    if name == CEILING:
        return ceiling.measure_ceiling(work, precision, has_backward=True)
    return ours.train(work, folder, precision) if name == OURS else peers.train(work, folder, name, precision)


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every side's tokens a second, their ratio to ours, shares of the ceiling and peaks of memory."""
    sides = [OURS, *arguments.peers, CEILING]
    with tempfile.TemporaryDirectory() as name:
        work = make_workload(arguments, Path(name))
        measured = rounds.in_turn(
            __file__,
            [f"{side}-{arguments.precision}" for side in sides],
            arguments.rounds,
            Path(name),
            arguments.threads,
        )
    found = {side: measured[f"{side}-{arguments.precision}"] for side in sides}
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
    from ceiling import executed_flop, gather_ceiling

    top = gather_ceiling(found[CEILING])
    texts = len(work.texts) - work.warm_up * work.batch
    sides = {}
    for side in [OURS, *(side for side in found if side not in (OURS, CEILING))]:
        tokens, computed = (found[side][0][name] for name in ("tokens", "computed_tokens"))
        flop = executed_flop(work, computed, texts, has_backward=True, is_narrow=side == OURS)
        sides[side] = figures.side_figures(
            found[side], found[OURS], flop=flop, tokens=tokens, computed=computed, top=top
        )
    return {"sides": sides, "ceiling": top}


def show(found: dict[str, Any]) -> None:
    print(
        "{shape}, {layers} layers, {precision}, {data}: {batch} rows and {tokens_a_step} real tokens a step, "
        "{threads} threads\n".format(**found)
    )
    figures.show_sides(found["sides"])
    figures.show_ceiling(found["ceiling"])


if __name__ == "__main__":
    main()
