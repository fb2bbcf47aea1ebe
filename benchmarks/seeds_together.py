"""Several seeds trained together over one frozen base, against the same seeds one after the other, in wall-clock.

Both sides train the same seeds on the same rows by tunecard's own `train_together` and `train`; loading, the first steps
and what follows the last one are left out. A line a size, so that it shows up to which tokens of a step and seed training
together pays: a larger step fills the processor alone.

    python benchmarks/seeds_together.py --tokens 32 64 128 256 512
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes
import speed

TOGETHER, APART = "together", "one-after-the-other"
WARM_UP = 2  # steps
SAMPLED = 200  # texts, for their mean length


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__)
    speed.add_workload_arguments(parser)
    speed.add_precision_argument(parser)
    parser.add_argument("--seeds", type=int, default=4, help="how many (default: %(default)s)")
    parser.add_argument(
        "--tokens", type=int, nargs="+", default=[32, 64, 128, 256, 512], help="of a step and seed, about"
    )
    parser.add_argument("--steps", type=int, default=12, help="timed steps of a seed and round, behind the warm-up")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side, named NAME/SEEDS/ROWS A STEP/PRECISION, in this process."""
    name, seeds, batch, precision = side.split("/")
    work = shapes.Workload.read(folder)
    rows = len(work.texts) // work.batch * int(batch)  # as many steps as with the largest batch
    work = replace(work, batch=int(batch), texts=work.texts[:rows], labels=work.labels[:rows])
    numbers = range(work.seed, work.seed + int(seeds))
    seconds = (train_together if name == TOGETHER else train_apart)(work, folder, precision, numbers)
    return {"seconds": seconds, "memory_mib": rounds.peak_mib()}


def train_together(work: shapes.Workload, folder: Path, precision: str, seeds: range) -> float:
    """Seconds of the timed steps of all seeds."""
    import ours

    from tunecard.training.seeds import together

    starts = [ours.start(work, folder, precision, seed) for seed in seeds]
    models, plans = [start.model for start in starts], [start.plan for start in starts]
    together.MOST_WORK = float("inf")  # type: ignore[assignment]  # together, whether it pays or not: that is the question
    reason = together.why_not_together(models, plans)
    if reason:
        raise SystemExit(f"these seeds are not trained together: {reason}")
    clock = Clock(len(seeds))
    results = together.train_together(
        models, starts[0].data, plans, starts[0].new_modules, [folder / f"seed-{seed}" for seed in seeds],
        on_step=lambda number, step, total, loss: clock.stamp(number),
    )  # fmt: skip
    if not all(result.path["is_packed"] for result in results):
        raise SystemExit(f"these seeds are not trained together: {results[0].path['reason']}")
    return clock.seconds(len(seeds) - 1, work.warm_up)  # the last one is told last of each step


def train_apart(work: shapes.Workload, folder: Path, precision: str, seeds: range) -> float:
    """Seconds of the timed steps of all seeds."""
    import ours

    from tunecard.training import train

    clock = Clock(len(seeds))
    for number, seed in enumerate(seeds):
        start = ours.start(work, folder, precision, seed)
        stamp: Callable[..., None] = lambda *told, number=number: clock.stamp(number)  # noqa: E731
        train(start.model, start.data, start.plan, start.new_modules, folder / f"seed-{seed}", on_step=stamp)
    return sum(clock.seconds(number, work.warm_up) for number in range(len(seeds)))


class Clock:
    """When every step of every seed ended."""

    def __init__(self, seeds: int) -> None:
        self.stamps: list[list[float]] = [[] for _ in range(seeds)]

    def stamp(self, number: int) -> None:
        self.stamps[number].append(time.perf_counter())

    def seconds(self, number: int, warm_up: int) -> float:
        """From the end of the warm-up to the end of the last step."""
        return self.stamps[number][-1] - self.stamps[number][warm_up - 1]


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Of every size, seconds a step of all seeds on both sides, and their ratio by round."""
    with tempfile.TemporaryDirectory() as name:
        work, batches = make_workload(arguments, Path(name))
        lengths = shapes.token_lengths(Path(name) / "base", work.texts)
        children = {
            (side, batch): f"{side}/{arguments.seeds}/{batch}/{arguments.precision}"
            for batch in batches for side in (TOGETHER, APART)
        }  # fmt: skip
        found = rounds.in_turn(__file__, list(children.values()), arguments.rounds, Path(name), arguments.threads)
    sizes = []
    for batch in batches:
        together, apart = (found[children[side, batch]] for side in (TOGETHER, APART))
        ratios = [other["seconds"] / one["seconds"] for one, other in zip(together, apart, strict=True)]
        used = lengths[: (arguments.steps + WARM_UP) * batch]
        sizes.append({
            "rows_a_step": batch, "tokens_a_step_and_seed": sum(used) / (arguments.steps + WARM_UP),
            "milliseconds_a_step_of_all": {
                side: figures.spread([one["seconds"] / arguments.steps * 1e3 for one in measured])
                for side, measured in ((TOGETHER, together), (APART, apart))
            },
            "times_faster_together_is": figures.spread(ratios),
            "peak_memory_mib": {side: max(one["memory_mib"] for one in measured)
                                for side, measured in ((TOGETHER, together), (APART, apart))},
        })  # fmt: skip
    settings = ("seeds", "steps", "precision", "data", "rounds", "threads")
    return {name: getattr(arguments, name) for name in settings} | {
        "shape": work.shape, "layers": work.layers, "sizes": sizes,
    }  # fmt: skip


def make_workload(arguments: argparse.Namespace, folder: Path) -> tuple[shapes.Workload, list[int]]:
    """Puts base and rows for the largest size into `folder`; the workload, and the rows a step of each size."""
    layers = arguments.layers or shapes.SHAPES[arguments.shape].layers
    base = shapes.make_base(folder, arguments.shape, layers, arguments.seed)
    sample = shapes.token_lengths(base, shapes.read_texts(arguments.data, base, SAMPLED, arguments.seed)[0])
    batches = [max(1, round(tokens / statistics.fmean(sample))) for tokens in arguments.tokens]
    batch = max(batches)
    texts, labels, classes = shapes.read_texts(
        arguments.data, base, (arguments.steps + WARM_UP) * batch, arguments.seed
    )
    work = shapes.Workload(
        arguments.shape, layers, "text", texts, labels, classes, batch, WARM_UP, arguments.seed, max(arguments.tokens)
    )
    work.save(folder)
    return work, list(dict.fromkeys(batches))


def show(found: dict[str, Any]) -> None:
    print("{shape}, {layers} layers, {precision}, {data}: {seeds} seeds, {threads} threads\n".format(**found))
    rows = [
        [
            f"{size['tokens_a_step_and_seed']:.0f}", str(size["rows_a_step"]),
            *(figures.shown(size["milliseconds_a_step_of_all"][side], 0) for side in (TOGETHER, APART)),
            figures.shown(size["times_faster_together_is"], 2) + " x",
            *(f"{size['peak_memory_mib'][side]:,.0f}" for side in (TOGETHER, APART)),
        ]
        for size in found["sizes"]
    ]  # fmt: skip
    header = (
        "tokens a step and seed",
        "rows",
        "ms a step of all, together",
        "apart",
        "together is",
        "peak MiB",
        "apart",
    )
    figures.print_table(header, rows)


if __name__ == "__main__":
    main()
