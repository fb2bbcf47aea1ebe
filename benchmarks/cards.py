"""The cards that four systems write for the same work, judged field by field by `tunecard audit`.

A text classifier from the same BANKING77 rows and the same base: tunecard by a recipe that names the data; Trainer with a
LoRA adapter of stock PEFT, whose card is made by `create_model_card` after `evaluate`; PEFT's own card, as
`save_pretrained` writes it; SetFit by its guide with `create_model_card`. Nobody writes a word by hand, and every system
is offline, as `tunecard` is here.

SetFit is no dependency: `--setfit-python` names an interpreter that has it; its column is left out where that cannot
import it.

    python benchmarks/cards.py --setfit-python ~/setfit/bin/python
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

import few_examples
import figures
import shapes

SIDES = ("tunecard", "trainer", "peft", "setfit")
SHORT = {"measured": "m", "derived": "d", "declared": "c", "explained": "why", "written": "text", "empty": "-"}


def main() -> None:
    arguments = make_parser().parse_args()
    found = report(arguments)
    if arguments.json:
        print(json.dumps(found))
    else:
        show(found)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="embedded", help="as a recipe names it, or tiny: random, to try this script")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--examples", type=int, default=32, help="training rows of every class")
    parser.add_argument("--test-rows", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--setfit-python", default=sys.executable, help="an interpreter with setfit; this one by default"
    )
    parser.add_argument("--keep", type=Path, help="a new folder for the four cards; a temporary one by default")
    parser.add_argument("--threads", type=int, default=2, help="(for the tests; nothing is timed here)")
    parser.add_argument("--json", action="store_true")
    return parser


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """The state of every field of the template in every card, and what each card shows besides."""
    missing = few_examples.why_no_setfit(arguments.setfit_python)
    sides = [side for side in SIDES if side != "setfit" or not missing]
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        write_work(arguments, folder)
        cards = {side: make_card(side, folder, arguments) for side in sides}
        audits = {side: audit(card) for side, card in cards.items()}
        shown = {side: counts(card.read_text(encoding="utf-8")) for side, card in cards.items()}
    fields = [
        {"field": of_all[0]["field"], **{side: one["state"] for side, one in zip(sides, of_all, strict=True)}}
        for of_all in zip(*(audits[side]["fields"] for side in sides), strict=True)
    ]
    return {
        "fields": fields,
        "filled": {side: audits[side]["filled"] for side in sides},
        "metadata_errors": {side: audits[side]["metadata_errors"] for side in sides},
        "shown": shown,
        "not_run": {"setfit": missing} if missing else {},
    }


def write_work(arguments: argparse.Namespace, folder: Path) -> None:
    """The same rows for all: train, validation (a fifth) and test, with `work.json`."""
    from tunecard.encoders import locate_base

    rows = {split: shapes.read_rows(shapes.banking77(split)) for split in ("train", "test")}
    classes = sorted({row["label"] for row in rows["train"]})[: arguments.classes]
    dice = random.Random(arguments.seed)
    chosen = [
        row
        for label in classes
        for row in dice.sample([row for row in rows["train"] if row["label"] == label], arguments.examples)
    ]
    dice.shuffle(chosen)
    test = [row for row in rows["test"] if row["label"] in classes]
    held = max(len(chosen) // 5, arguments.classes)
    parts = {
        "train": chosen[held:],
        "validation": chosen[:held],
        "test": dice.sample(test, min(len(test), arguments.test_rows)),
    }
    (folder / "data").mkdir(exist_ok=True)
    for split, its_rows in parts.items():
        (folder / "data" / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in its_rows))
    base = locate_base(shapes.name_base(folder, arguments.base, arguments.seed)).folder
    work = {"base": str(base), "named": arguments.base, "epochs": arguments.epochs, "seed": arguments.seed}
    if arguments.base == "tiny":
        work["named"] = str(base)
    (folder / "work.json").write_text(json.dumps(work))


def make_card(side: str, folder: Path, arguments: argparse.Namespace) -> Path:
    """Runs one side in a process of its own and returns its card."""
    python = arguments.setfit_python if side == "setfit" else sys.executable
    script = str(Path(__file__).with_name("cards_sides.py"))
    subprocess.run([python, script, side, str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder / side / "README.md"


def audit(card: Path) -> dict[str, Any]:
    import tunecard

    answer: dict[str, Any] = tunecard.audit(card).to_json()["cards"][0]
    return answer


def counts(card: str) -> dict[str, int]:
    """What a reader sees beyond the template's fields."""
    return {
        "placeholders": card.lower().count("more information needed"),
        "intervals": sum("interval" in line.lower() for line in card.splitlines()),
        "figures": card.count("!["),
        "kilobytes": round(len(card.encode()) / 1000),
    }


def show(found: dict[str, Any]) -> None:
    sides = list(found["filled"])
    rows = [[one["field"], *(SHORT[one[side]] for side in sides)] for one in found["fields"]]
    rows.append(["filled of 44", *(str(found["filled"][side]) for side in sides)])
    for name in next(iter(found["shown"].values())):
        rows.append([name, *(str(found["shown"][side][name]) for side in sides)])
    rows.append(["metadata errors", *(str(len(found["metadata_errors"][side])) for side in sides)])
    figures.print_table(("field", *sides), rows)
    print("\nm measured, d derived, c declared, why: says why there is nothing, text: prose of unknown origin, - empty")
    for side, reason in found["not_run"].items():
        print(f"\n{side} is left out: {reason}")


if __name__ == "__main__":
    main()
