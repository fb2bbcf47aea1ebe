"""A short run: how fast one epoch is from its first step on, beside stock Trainer + PEFT and beside later epochs.

Both sides learn the same rows as in training_speed.py, but every step counts. An epoch is timed three times in one
process: what the first one takes longer is the warm-up (products planned for new shapes, memory touched for the first
time); what rows of a few tokens lose against longer ones is not, as the table shows: a padded engine wastes less on them.

    python benchmarks/short_run.py                       # 1,500 rows of BANKING77 of about 9 tokens, and all lengths
    python benchmarks/short_run.py --clock processor     # where others use the machine, too
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes

OURS, STOCK = "tunecard", "stock"
PRECISIONS = ("fp32", "bf16")
SHORT, ALL = "short", "all"
POOL = 6  # times the rows are drawn, of which the short ones are kept
HEADER = (
    "rows", "tokens", "precision", "stock's real", "ours 1st, s", "later, s", "stock 1st, s", "later, s",
    "1st epoch", "later epochs",
)  # fmt: skip


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__)
    parser.add_argument("--shape", choices=sorted(shapes.SHAPES), default="minilm")
    parser.add_argument("--data", default="banking77", help="banking77, short (random words), or a .csv or .parquet")
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--longest", type=int, default=11, help="tokens of the rows that are called short, at most")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=3, help="the first is the short run, the later ones are steady")
    parser.add_argument("--precision", nargs="*", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--lengths", nargs="*", choices=(SHORT, ALL), default=[SHORT, ALL])
    parser.add_argument("--clock", choices=sorted(rounds.CLOCKS), default="wall")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side, named NAME-PRECISION-LENGTHS, in this process."""
    name, precision, lengths = side.split("-")
    work = shapes.Workload.read(folder / lengths)
    settings = json.loads((folder / "settings.json").read_text())
    clock = rounds.CLOCKS[settings["clock"]]
    train = _train_ours if name == OURS else _train_stock
    seconds, tokens, computed = train(work, folder, precision, settings["epochs"], clock)
    steps = -(-len(work.texts) // work.batch)
    epochs = [sum(seconds[start : start + steps]) for start in range(0, len(seconds), steps)]
    return {"epochs": epochs, "steps": seconds[:steps], "tokens": tokens, "computed_tokens": computed}


def _train_ours(
    work: shapes.Workload, folder: Path, precision: str, epochs: int, clock: Callable[[], float]
) -> tuple[list[float], int, int]:
    import ours

    from tunecard.training import Trainer

    begun = ours.start(work, folder, precision, work.seed)
    trainer = Trainer(begun.model, begun.data, replace(begun.plan, epochs=epochs), begun.new_modules)
    ours.require_fast(trainer.path)
    begun.model.train()
    seconds = []
    for batch in shapes.in_batches(range(len(begun.data.train)), work.batch) * epochs:
        began = clock()
        _ = trainer.step(batch).outcome  # waits for a GPU
        seconds.append(clock() - began)
        trainer.result.steps += 1
    tokens = sum(begun.data.train.lengths)
    return seconds, tokens, tokens


def _train_stock(
    work: shapes.Workload, folder: Path, precision: str, epochs: int, clock: Callable[[], float]
) -> tuple[list[float], int, int]:
    import peers
    import stock_training
    import transformers

    with rounds.silent_libraries():
        model = peers.wrap(work, peers.load_base(work, folder))
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "base")
    encoded = tokenizer(work.texts, truncation=True, max_length=shapes.MAX_LENGTH)
    rows = [
        {**{name: encoded[name][row] for name in encoded}, "labels": work.labels[row]} for row in range(len(work.texts))
    ]
    timer = _step_clock(clock)
    stock_training.fit(
        model, rows, transformers.DataCollatorWithPadding(tokenizer), callbacks=[timer], num_train_epochs=epochs,
        per_device_train_batch_size=work.batch, learning_rate=2e-4, weight_decay=0.01, bf16=precision == "bf16",
        use_cpu=True, seed=work.seed, train_sampling_strategy="sequential",
    )  # fmt: skip
    batches = shapes.in_batches([len(ids) for ids in encoded["input_ids"]], work.batch)
    return timer.seconds, sum(map(sum, batches)), sum(len(batch) * max(batch) for batch in batches)


def _step_clock(clock: Callable[[], float]) -> Any:
    import transformers

    class StepClock(transformers.TrainerCallback):
        """Seconds of every optimizer step."""

        def __init__(self) -> None:
            self.seconds: list[float] = []

        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.began = clock()

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.seconds.append(clock() - self.began)

    return StepClock()


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """A line for every kind of rows and precision."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_workloads(arguments, folder)
        lines = [f"{precision}-{lengths}" for lengths in arguments.lengths for precision in arguments.precision]
        sides = [f"{side}-{line}" for line in lines for side in (OURS, STOCK)]
        found = rounds.in_turn(__file__, sides, arguments.rounds, folder, arguments.threads)
    return {
        "shape": arguments.shape, "data": arguments.data, "rows": arguments.rows, "batch": arguments.batch,
        "clock": arguments.clock, "threads": arguments.threads, "rounds": arguments.rounds,
        "lines": {line: compare(found[f"{OURS}-{line}"], found[f"{STOCK}-{line}"], arguments.rows) for line in lines},
    }  # fmt: skip


def make_workloads(arguments: argparse.Namespace, folder: Path) -> None:
    """Puts the base, and the rows of each kind of length, into `folder`."""
    (folder / "settings.json").write_text(json.dumps({"clock": arguments.clock, "epochs": max(2, arguments.epochs)}))
    base = shapes.make_base(folder, arguments.shape, shapes.SHAPES[arguments.shape].layers, arguments.seed)
    many = arguments.rows * (POOL if SHORT in arguments.lengths else 1)
    texts, labels, classes = shapes.read_texts(arguments.data, base, many, arguments.seed)
    tokens = shapes.token_lengths(base, texts)
    for lengths in arguments.lengths:
        longest = arguments.longest if lengths == SHORT else shapes.MAX_LENGTH
        chosen = [row for row, length in enumerate(tokens) if length <= longest][: arguments.rows]
        if len(chosen) < arguments.rows:
            raise rounds.Skipped(f"only {len(chosen)} rows have {longest} tokens or fewer. Take a greater --longest.")
        work = shapes.Workload(
            arguments.shape, shapes.SHAPES[arguments.shape].layers, "text", [texts[row] for row in chosen],
            [labels[row] for row in chosen], classes, arguments.batch, 0, arguments.seed, 0,
        )  # fmt: skip
        (folder / lengths).mkdir()
        work.save(folder / lengths)


def compare(ours: Sequence[dict[str, Any]], stock: Sequence[dict[str, Any]], rows: int) -> dict[str, Any]:
    """The first epoch and the later ones of both sides, over the rounds, and how many times as fast ours are."""

    def first(one: dict[str, Any]) -> float:
        return float(one["epochs"][0])

    def later(one: dict[str, Any]) -> float:
        return statistics.fmean(one["epochs"][1:])

    pairs = list(zip(ours, stock, strict=True))
    return {
        "mean_tokens": ours[0]["tokens"] / rows,
        "stocks_real_share": stock[0]["tokens"] / stock[0]["computed_tokens"],
        "first_seconds": {OURS: figures.spread(list(map(first, ours))), STOCK: figures.spread(list(map(first, stock)))},
        "later_seconds": {OURS: figures.spread(list(map(later, ours))), STOCK: figures.spread(list(map(later, stock)))},
        "times_faster_first": figures.spread([first(other) / first(mine) for mine, other in pairs]),
        "times_faster_later": figures.spread([later(other) / later(mine) for mine, other in pairs]),
        "first_steps_seconds": [one["steps"] for one in ours],
    }


def show(found: dict[str, Any]) -> None:
    print(
        "{shape}, {data}: {rows} rows, batch {batch}, {clock} time, {threads} threads, {rounds} rounds\n".format(
            **found
        )
    )
    rows = []
    for name, line in found["lines"].items():
        precision, lengths = name.split("-")
        first, later = line["first_seconds"], line["later_seconds"]
        seconds = [f"{one[side]['median']:.2f}" for side in (OURS, STOCK) for one in (first, later)]
        ratios = [figures.shown(line[f"times_faster_{when}"], 2) + " x" for when in ("first", "later")]
        rows.append(
            [lengths, f"{line['mean_tokens']:.1f}", precision, f"{line['stocks_real_share']:.2f}", *seconds, *ratios]
        )
    figures.print_table(HEADER, rows)
    print("\nstock's real: the share of its tokens that are no padding. Ratios: median (least-most) of the rounds.")


if __name__ == "__main__":
    main()
