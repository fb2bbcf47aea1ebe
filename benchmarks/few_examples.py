"""From a few labelled texts a class to a trained classifier: seconds and test accuracy, tunecard against SetFit.

BANKING77, as many texts of every class, the same rows and the same base for both, fp32. tunecard: nothing set, every
value by its rule; it takes its validation rows from those given. SetFit: all weights learn from pairs of texts (so many
positive and negative ones a text, `--iterations`), then its own logistic regression. Timed: everything from texts in
memory to a model that predicts, loading the base included, imports left out. Tokens a second would not compare: SetFit
reads each text many times.

SetFit is no dependency: `--setfit-python` names an interpreter that has it (pip install setfit); its side is left out
with a message where that cannot import it.

    python benchmarks/few_examples.py --setfit-python ~/setfit/bin/python
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import figures
import rounds
import shapes

OURS, SETFIT = "tunecard", "setfit"
BATCH = 16  # of both: SetFit's own default, and tunecard's rule


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__, rounds=1)
    parser.add_argument("--base", default="embedded", help="as a recipe names it, or tiny: random, to try this script")
    parser.add_argument("--examples", type=int, default=8, help="texts of every class")
    parser.add_argument("--classes", type=int, default=77, help="the first ones by name")
    parser.add_argument("--test-rows", type=int, help="to score; all of these classes by default")
    parser.add_argument(
        "--iterations", type=int, nargs="+", default=[5], help="of SetFit, a side each; its paper has 20"
    )
    parser.add_argument(
        "--setfit-python", default=sys.executable, help="an interpreter with setfit; this one by default"
    )
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side, tunecard or setfit-ITERATIONS, in this process."""
    import few_examples_sides

    name, _, iterations = side.partition("-")
    if name == OURS:
        return few_examples_sides.train_ours(folder)
    return few_examples_sides.train_setfit(folder, int(iterations))


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Seconds, accuracy and rows of both sides."""
    missing = why_no_setfit(arguments.setfit_python)
    peers = [] if missing else [f"{SETFIT}-{iterations}" for iterations in arguments.iterations]
    with tempfile.TemporaryDirectory() as name:
        rows = write_rows(arguments, Path(name))
        found = rounds.in_turn(
            __file__, [OURS, *peers], arguments.rounds, Path(name), arguments.threads,
            pythons=dict.fromkeys(peers, arguments.setfit_python),
        )  # fmt: skip
    sides = {
        side: {
            "seconds": figures.spread([one["seconds"] for one in measured]),
            "times_faster_tunecard_is": figures.spread(
                [one["seconds"] / mine["seconds"] for one, mine in zip(measured, found[OURS], strict=True)]
            ),
            "accuracy": measured[0]["accuracy"], "detail": measured[0]["detail"],
        }
        for side, measured in found.items()
    }  # fmt: skip
    settings = ("base", "examples", "classes", "rounds", "threads")
    return {name: getattr(arguments, name) for name in settings} | {
        "rows": len(rows["train"]), "test_rows": len(rows["test"]), "sides": sides,
        "not_run": {SETFIT: missing} if missing else {},
    }  # fmt: skip


def why_no_setfit(python: str) -> str | None:
    """Why an interpreter cannot take SetFit's side, or None."""
    try:
        done = subprocess.run([python, "-c", "import setfit"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{python} does not run: {error}"
    last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return (
        f"{python} cannot import setfit ({last}). Name one that can with --setfit-python." if done.returncode else None
    )


def write_rows(arguments: argparse.Namespace, folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows by split, as `folder/train.jsonl` and `test.jsonl`, and `folder/work.json` with base, batch and seed."""
    from tunecard.encoders import locate_base

    rows = {split: shapes.read_rows(shapes.banking77(split)) for split in ("train", "test")}
    classes = sorted({row["label"] for row in rows["train"]})[: arguments.classes]
    dice = random.Random(arguments.seed)
    of_class = {label: [row for row in rows["train"] if row["label"] == label] for label in classes}
    asked = [row for row in rows["test"] if row["label"] in of_class]
    chosen = {
        "train": [row for label in classes for row in dice.sample(of_class[label], arguments.examples)],
        "test": dice.sample(asked, min(len(asked), arguments.test_rows or len(asked))),
    }
    for split, its_rows in chosen.items():
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in its_rows))
    base = locate_base(shapes.name_base(folder, arguments.base, arguments.seed)).folder
    (folder / "work.json").write_text(json.dumps({"base": str(base), "batch": BATCH, "seed": arguments.seed}))
    return chosen


def show(found: dict[str, Any]) -> None:
    print(
        "{base}, BANKING77: {rows} rows of {classes} classes, {test_rows} test rows, fp32, {threads} threads\n".format(
            **found
        )
    )
    rows = [
        [side, f"{one['seconds']['median']:.1f}", f"{one['times_faster_tunecard_is']['median']:.2f} x",
         f"{one['accuracy']:.4f}", one["detail"]]
        for side, one in found["sides"].items()
    ]  # fmt: skip
    figures.print_table(("side", "seconds", "tunecard is", "test accuracy", "how"), rows)
    for side, reason in found["not_run"].items():
        print(f"\n{side} is left out: {reason}")


if __name__ == "__main__":
    main()
