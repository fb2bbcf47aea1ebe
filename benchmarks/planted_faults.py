"""Faults planted in real data, and what a run says of each: flipped labels, leaked rows, rows of another source, a head that is too sure, an
adapter that does nothing.

    python benchmarks/planted_faults.py --data ../shared/data --work ~/planted --out planted.json

What stands in `--work` is used again. Two runs a set (the embedded base, `quality: fast`, a few hundred rows): one on planted rows, one on the same rows whose adapter
hardly learns. The rest is asked of rows and of stored predictions, without training.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from pyarrow import parquet

import tunecard
from tunecard.card.reader_checks import checks_of
from tunecard.card.simple_things import verdicts
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.shift import Shift
from tunecard.rows.dataset import Split
from tunecard.tasks import Task, task_of

Row = dict[str, Any]
SETS = {"pros_cons": ("text", "label"), "bionlp2004": ("tokens", "tags")}
FLIPPED, EXACT, NEAR = 0.05, 20, 20


def main() -> None:
    """Plants, runs, and writes what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--train", type=int, default=400)
    parser.add_argument("--test", type=int, default=200)
    parser.add_argument("--only", choices=sorted(SETS))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = {name: of_set(name, asked) for name in SETS if asked.only in (None, name)}
    print(json.dumps(found, indent=1))
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


def of_set(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Everything that is planted in one set."""
    text, label = SETS[name]
    sizes = {"train": asked.train, "validation": 100, "test": asked.test}
    splits = {split: read(asked.data / name / f"{split}.parquet", size) for split, size in sizes.items()}
    work = asked.work / name
    planted, flipped = with_flips(splits["train"], label)
    leaked, exact, near = with_leaks(splits["train"], splits["test"], text)
    faulty = run(work / "planted", {**splits, "train": planted, "test": leaked}, {})
    idle = run(work / "idle", splits, {"learning_rate": 1e-9, "epochs": 1})
    other = read(asked.data / ("bionlp2004" if name == "pros_cons" else "wnut17") / "test.parquet", asked.test)
    return {
        "rows": sizes,
        "flipped labels": suspects(faulty.read_findings(), flipped),
        "leaked rows": leaks(faulty, exact, near),
        "another source": {
            "rows of the same": shift(idle, splits["train"], splits["test"]),
            "rows of another": shift(idle, splits["train"], other),
        },
        "head that is too sure": confidence(idle),
        "adapter that does nothing": beside_base(idle),
    }


def read(path: Path, most: int) -> list[Row]:
    """Rows drawn by a seed; class ids by their names."""
    table = parquet.read_table(path)
    names = json.loads((path.parent / "metadata.json").read_text())["columns"]
    rows = random.Random(0).sample(table.to_pylist(), min(most, len(table)))
    return [{key: _named(value, names.get(key)) for key, value in row.items()} for row in rows]


def _named(value: Any, column: Any) -> Any:
    known = column.get("names") if isinstance(column, dict) else None
    if known is None:
        return value
    several = [known[one] if isinstance(one, int) else one for one in (value if isinstance(value, list) else [value])]
    return several if isinstance(value, list) else several[0]


def with_flips(rows: list[Row], label: str) -> tuple[list[Row], set[int]]:
    """The rows with a share of the labels made wrong: of tags those of one row's every entity are taken away."""
    draw = random.Random(1)
    labels = sorted({row[label] for row in rows if isinstance(row[label], str)})
    wrong = [place for place, row in enumerate(rows) if isinstance(row[label], str) or set(row[label]) - {"O"}]
    chosen = set(draw.sample(wrong, round(FLIPPED * len(rows))))
    return [_flipped(row, label, labels, draw) if place in chosen else row for place, row in enumerate(rows)], chosen


def _flipped(row: Row, label: str, labels: list[str], draw: random.Random) -> Row:
    if isinstance(row[label], str):
        return {**row, label: draw.choice([one for one in labels if one != row[label]])}
    return {**row, label: ["O"] * len(row[label])}


def with_leaks(train: list[Row], test: list[Row], text: str) -> tuple[list[Row], set[int], set[int]]:
    """Test rows, of which some are training rows, equal or with one letter changed; the places of either."""
    long = [row for row in train if len(_words(row[text])) >= 8]
    drawn = random.Random(2).sample(long, EXACT + NEAR)
    copies = [*drawn[:EXACT], *({**row, text: _nearly(row[text])} for row in drawn[EXACT:])]
    kept = test[: len(test) - len(copies)]
    first, second = len(kept), len(kept) + EXACT
    return [*kept, *copies], set(range(first, second)), set(range(second, second + NEAR))


def _words(value: Any) -> list[str]:
    return value if isinstance(value, list) else value.split()


def _nearly(value: Any) -> Any:
    """The last word with an s behind: what a careless copy changes."""
    return [*value[:-1], f"{value[-1]}s"] if isinstance(value, list) else f"{value}s"


def run(folder: Path, splits: dict[str, list[Row]], training: Row) -> RunFolder:
    """A run on these rows; its suites and controls left out."""
    data, done = folder / "data", RunFolder(folder / "run")
    if done.manifest.is_file():  # of an earlier call with the same rows
        return done
    data.mkdir(parents=True, exist_ok=True)
    for name, rows in splits.items():
        (data / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = {
        "base_model": "embedded",
        "quality": "fast",
        "data": {"source": str(data)},
        "adapter": {"method": "lora"},
        "evaluation": {"probes": ["shift"]},
    } | ({"training": training} if training else {})
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    return RunFolder(Path(tunecard.run(folder / "recipe.yaml", out=folder / "run").path))


def suspects(findings: Findings, flipped: set[int]) -> Row:
    """How many of the flipped labels are listed, and how many of those listed were flipped."""
    value = findings.value("data.suspect_labels.train")
    listed = list(dict.fromkeys(one["row"] for one in value["most_suspect"]))
    return {
        "flipped": len(flipped),
        "suspects": value["count"],
        "listed": len(listed),
        "listed_and_flipped": len(flipped & set(listed)),
    }


def leaks(folder: RunFolder, exact: set[int], near: set[int]) -> Row:
    """How many copies the factor `overlap` marks, and how many other rows."""
    stored = folder.read_predictions("test")
    marked = {
        row
        for row, value in zip(stored.rows, stored.factors.get("overlap", []), strict=False)
        if value == "found in train"
    }
    return {
        "exact": f"{len(marked & exact)} of {len(exact)}",
        "near": f"{len(marked & near)} of {len(near)}",
        "others": len(marked - exact - near),
    }


def shift(folder: RunFolder, train: list[Row], test: list[Row]) -> Row:
    """What the probe says of these two kinds of rows."""
    splits = [_split(name, rows) for name, rows in (("train", train), ("test", test))]
    subject = Subject(folder, None, _task(folder), splits[1], splits[0], None, 0)  # type: ignore[arg-type]
    (finding,) = Shift().run(subject, 0)
    (record,) = finding.value
    return {key: record[key] for key in ("auroc", "interval", "p", "distinguishable")}


def _split(name: str, rows: list[Row]) -> Split:
    column = "text" if "text" in rows[0] else "tokens"
    texts = [" ".join(_words(row[column])) for row in rows]
    return Split(name, list(range(len(rows))), {"text": texts}, [""] * len(rows), {}, "given", {})


def confidence(folder: RunFolder) -> Row:
    """The check of confidence as the head is, and with its probabilities raised to the tenth power and normalised."""
    findings, task = folder.read_findings(), _task(folder)
    stored = folder.read_predictions("test")
    sure = folder.path.parent / "sure"
    shutil.copytree(folder.path, sure, dirs_exist_ok=True)
    sharper = [_sharper(one) for one in stored.probabilities or []]
    other = RunFolder(sure)
    other.write_predictions(
        Predictions(stored.rows, stored.labels, stored.predictions, sharper, stored.factors), "test"
    )
    kept = [one for one in findings if not one.id.startswith("results.test.")]
    again = Findings(
        [*kept, *(one for one in evaluate(other, task, ["test"]) if one.id not in {two.id for two in kept})]
    )
    return {"as it is": _confidence(findings), "too sure": _confidence(again)}


def _sharper(stated: Any) -> Any:
    if stated is None:
        return None
    if len(stated) and isinstance(stated[0], list | tuple | np.ndarray | type(None)):
        return [_sharper(one) for one in stated]
    powers = np.asarray(stated, dtype=np.float64) ** 10
    return (powers / powers.sum()).tolist()


def _confidence(findings: Findings) -> Row:
    (check,) = [one for one in checks_of(findings) if one.name.startswith("confidence")]
    error = findings["results.test.ece"]
    return {"passes": check.ok, "ece": error.value, "interval": error.interval}


def beside_base(folder: RunFolder) -> Row:
    """What the card says of an adapter that hardly learned, beside the frozen base with a fitted probe."""
    return {
        one.name: {"outcome": one.outcome, "difference": one.difference.value, "interval": one.difference.interval}
        for one in verdicts(folder.read_findings())
    }


def _task(folder: RunFolder) -> Task:
    task = task_of(folder.read_findings())
    assert task is not None
    return task


if __name__ == "__main__":
    main()
