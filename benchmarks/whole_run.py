"""A whole run as a user sees it: from typing `tunecard run recipe.yaml` to the finished card, beside a plain script.

The plain script (plain_script.py: transformers' Trainer, PEFT, dynamic padding) learns the same rows with the same
rank, epochs, batch, rate and precision, scores validation after each epoch, keeps the best, predicts the same test rows
and saves the adapter; it writes no card. Each has a process of its own, timed from its start to its end with its imports,
in turn: A B A B. The processor's seconds are those of the command and of all processes that it starts.
A run tells its own stages (`run.stages`); what comes before and after them (imports, verification) is the last line.

    python benchmarks/whole_run.py                                      # 2,000 rows of BANKING77, 3 epochs, fp32
    python benchmarks/whole_run.py --precision bf16 --threads 1
    python benchmarks/whole_run.py --rows 1500 --epochs 1 --longest 11  # a short run: rows of some 9 tokens
    python benchmarks/whole_run.py --set quality=fast                   # as of `tunecard run`, for our side alone
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import figures
import overhead
import plain_script
import rounds
import shapes

OURS, PLAIN = "tunecard", "plain script"
PRECISIONS = {"fp32": "fp32", "bf16": "bf16-mixed"}
BESIDE = "before and after its stages"
LORA = {"method": "lora", "rank": 8, "alpha": 16, "dropout": 0.1, "target_modules": ["query", "value"]}
HEADER = ("side", "wall, s", "processor, s", "plain takes (wall)", "plain takes (processor)", "accuracy", "95 %")


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=2)
    parser.add_argument("--data", default="banking77", help="banking77, short (random words), or a .csv or .parquet")
    parser.add_argument("--base", default="embedded", help="embedded, tiny, or the folder of a base")
    parser.add_argument("--rows", type=int, default=2000, help="to learn from")
    parser.add_argument("--validation-rows", type=int, default=250)
    parser.add_argument("--test-rows", type=int, default=500)
    parser.add_argument("--longest", type=int, help="tokens of a row, at most; all lengths by default")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--precision", choices=sorted(PRECISIONS), default="fp32")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of our recipe alone")
    return parser


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Both sides over the rounds, their ratio, the stages of ours, and the scores on the same test rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gold = write_work(folder, arguments)
        found = rounds.in_turn(__file__, (OURS, PLAIN), arguments.rounds, folder, arguments.threads)
    told = {key: value for key, value in vars(arguments).items() if key not in ("child", "work", "json")}
    return {"work": told, **compare(found[OURS], found[PLAIN], gold)}


def write_work(folder: Path, arguments: argparse.Namespace) -> list[str]:
    """`train.csv`, `validation.csv`, `test.csv`, `recipe.yaml`, `plain.json`. Returns: the labels of the test rows."""
    from tunecard.encoders import locate_base

    base = shapes.name_base(folder, arguments.base, arguments.seed)
    place = str(locate_base(base).folder)
    sizes = {"train": arguments.rows, "validation": arguments.validation_rows, "test": arguments.test_rows}
    rows = draw(arguments, Path(place), sum(sizes.values()))
    for name, size in sizes.items():
        overhead.write_csv(folder / f"{name}.csv", rows[:size])
        some, rows = rows[:size], rows[size:]
    (folder / "recipe.yaml").write_text(json.dumps(recipe(base, arguments)))
    (folder / "plain.json").write_text(json.dumps(plain_options(place, arguments)))
    (folder / "set.json").write_text(json.dumps(arguments.set))
    return [row["label"] for row in some]


def draw(arguments: argparse.Namespace, base: Path, count: int) -> list[dict[str, str]]:
    """So many rows of one file in a seeded order, for all splits. Raises: Skipped: there are not as many."""
    many = count if arguments.longest is None else 4 * count
    texts, labels, _ = shapes.read_texts(arguments.data, base, many, arguments.seed)
    lengths = shapes.token_lengths(base, texts) if arguments.longest else [0] * len(texts)
    longest = arguments.longest or 0
    kept = [
        {"text": text, "label": f"class {label}"}
        for text, label, length in zip(texts, labels, lengths, strict=True)
        if length <= longest
    ]
    if len(kept) < count:
        raise rounds.Skipped(f"only {len(kept)} rows have {longest} tokens or fewer, and {count} are needed.")
    return kept[:count]


def recipe(base: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """What both sides do, in tunecard's words; all else is its default."""
    return {
        "base_model": base,
        "data": {"source": {name: f"{name}.csv" for name in plain_script.SPLITS}},
        "adapter": LORA,
        "training": {
            "epochs": arguments.epochs, "learning_rate": arguments.rate, "train_batch_size": arguments.batch,
            "precision": PRECISIONS[arguments.precision], "seed": arguments.seed, "weight_decay": 0.01,
            "warmup_ratio": 0.06, "schedule": "linear",
        },
    }  # fmt: skip


def plain_options(base: str, arguments: argparse.Namespace) -> list[str]:
    """The same in the words of plain_script.py."""
    named = {"base": base, "epochs": arguments.epochs, "batch": arguments.batch, "rate": arguments.rate,
             "precision": arguments.precision, "seed": arguments.seed}  # fmt: skip
    return [word for name, value in named.items() for word in (f"--{name}", str(value))]


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side in a process of its own: seconds of both clocks, what it says of the test rows, the stages of ours."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = our_command(folder, out) if side == OURS else plain_command(folder, out)
    began, spent = time.perf_counter(), overhead.spent_by_children()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    timed = {"wall": time.perf_counter() - began, "processor": overhead.spent_by_children() - spent}
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    told = overhead.stages_of(out, timed["wall"])
    return {**timed, "predictions": said_by_ours(out) if side == OURS else said_by_plain(out), **told}


def our_command(folder: Path, out: Path) -> list[str]:
    settings = [word for one in json.loads((folder / "set.json").read_text()) for word in ("--set", one)]
    return [sys.executable, "-m", "tunecard", "run", "recipe.yaml", "--out", str(out), *settings]


def plain_command(folder: Path, out: Path) -> list[str]:
    return [sys.executable, plain_script.__file__, ".", str(out), *json.loads((folder / "plain.json").read_text())]


def said_by_ours(out: Path) -> list[Any]:
    from tunecard.evidence import RunFolder

    return list(RunFolder(out).read_predictions("test", with_probabilities=False).predictions)


def said_by_plain(out: Path) -> list[Any]:
    said: list[Any] = json.loads((out / "predictions.json").read_text())
    return said


def compare(ours: Sequence[dict[str, Any]], plain: Sequence[dict[str, Any]], gold: Sequence[str]) -> dict[str, Any]:
    """Figures of both sides over the rounds; times the plain script takes as long; scores of the last round.

    Args:
        ours, plain: a round each: wall, processor, predictions; of ours also stages.
        gold: (N,) labels of the test rows.
    """
    sides = {}
    for name, rounds_of in ((OURS, ours), (PLAIN, plain)):
        seconds = {clock: figures.spread([one[clock] for one in rounds_of]) for clock in ("wall", "processor")}
        ratios = {
            f"plain_takes_{clock}": figures.spread([b[clock] / a[clock] for a, b in zip(rounds_of, plain, strict=True)])
            for clock in ("wall", "processor")
        }
        sides[name] = {**seconds, **ratios, "score": score(rounds_of[-1]["predictions"], gold)}
    return {
        "sides": sides,
        "difference": difference(ours[-1]["predictions"], plain[-1]["predictions"], gold),
        "stages": stages(ours),
        "optimisation_share": statistics.median(one["stages"].get("optimisation", 0.0) / one["wall"] for one in ours),
    }


def score(said: Sequence[Any], gold: Sequence[str]) -> dict[str, Any]:
    """Accuracy with Wilson's interval."""
    from tunecard.metrics.intervals import wilson_interval

    right = sum(a == b for a, b in zip(said, gold, strict=True))
    return {"accuracy": right / len(gold), "n": len(gold), "interval_95": wilson_interval(right, len(gold))}


def difference(ours: Sequence[Any], plain: Sequence[Any], gold: Sequence[str]) -> dict[str, Any]:
    """Accuracy of ours minus the plain script's, with the paired bootstrap interval over rows."""
    from quality_scores import row_counts, score_of

    from tunecard.metrics.counts import RowCounts
    from tunecard.metrics.resampling import paired_interval

    mine, other = (RowCounts.from_rows(row_counts("text", gold, said, [])) for said in (ours, plain))
    both = [float(score_of("text", one.totals())) for one in (mine, other)]
    interval = paired_interval(lambda totals: score_of("text", totals), mine, other)
    return {"accuracy": both[0] - both[1], "n": len(gold), "interval_95": interval}


def stages(ours: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Medians over the rounds of the seconds of each stage, the longest first, and what no stage holds."""
    names = {name for one in ours for name in one["stages"]}
    found = {name: statistics.median(one["stages"].get(name, 0.0) for one in ours) for name in names}
    found[BESIDE] = statistics.median(one["wall"] - sum(one["stages"].values()) for one in ours)
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def show(found: dict[str, Any]) -> None:
    print(
        "{rows} rows of {data}, {epochs} epochs, batch {batch}, {precision}, {threads} threads\n".format(
            **found["work"]
        )
    )
    rows = []
    for name, side in found["sides"].items():
        times = [figures.shown(side[f"plain_takes_{clock}"], 2) + " x" for clock in ("wall", "processor")]
        seconds = [figures.shown(side[clock], 1) for clock in ("wall", "processor")]
        rows.append([name, *seconds, *times, f"{side['score']['accuracy']:.3f}", between(side["score"]["interval_95"])])
    figures.print_table(HEADER, rows)
    gap = found["difference"]
    print(f"\ndifference in accuracy {gap['accuracy']:+.3f} ({between(gap['interval_95'])}), n = {gap['n']} test rows")
    print(f"optimisation is {found['optimisation_share']:.2f} of the wall time of ours\n")
    figures.print_table(("stage of ours", "seconds"), [[name, f"{s:.2f}"] for name, s in found["stages"].items()])


def between(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"


if __name__ == "__main__":
    main()
