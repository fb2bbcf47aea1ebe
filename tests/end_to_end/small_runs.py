"""Data and recipes for runs that take seconds."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tunecard
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evidence import RunFolder

PEOPLE = ["Marta Ruiz", "Tom Olsen", "Ana Lee", "Ivan Petrov", "Li Wei"]
PLACES = ["Madrid", "New York", "Tokyo", "Berlin"]
VERBS = ["joined", "left", "saw", "likes", "knows"]


def token_rows(count: int, seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        person, place = draw.choice(PEOPLE).split(), draw.choice(PLACES).split()
        middle = [draw.choice(VERBS), "the", "group", "in"]
        tokens = [*person, *middle, *place, str(2000 + number), "."]
        tags = ["B-PER", *["I-PER"] * (len(person) - 1), *["O"] * 4, "B-LOC", *["I-LOC"] * (len(place) - 1), "O", "O"]
        rows.append({"tokens": tokens, "tags": tags, "source": draw.choice(["web", "mail"])})
    return rows


def pair_rows(count: int, seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        first, second = draw.choice(PEOPLE), draw.choice(PEOPLE)
        label = "same" if first == second else "other"
        rows.append({"premise": f"{first} knows {number}", "hypothesis": f"{second} was seen", "label": label})
    return rows


def write_splits(folder: Path, make: Callable[[int, int], list[dict[str, Any]]], sizes: dict[str, int]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (split, count) in enumerate(sizes.items()):
        lines = [json.dumps(row) for row in make(count, seed)]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def token_recipe(base: Path | str, data: Path, **blocks: Any) -> Any:
    content: dict[str, Any] = {
        "base_model": str(base),
        "data": {"source": str(data)},
        "adapter": {"rank": 4},
        "training": {"epochs": 2, "train_batch_size": 8},
        **blocks,
    }
    return check_recipe(content)


def answers_that_changed(folder: RunFolder, rows: Path, base: Path | str) -> Any:
    """What `evaluate` says of the rows that the run was scored on: how many are answered otherwise now."""
    return tunecard.evaluate(folder.path, rows, base=base).findings.value("author.changed_answers")


def compared_exports(folder: RunFolder, rows: Path, base: Path | str, out: Path) -> list[tuple[int, bool]]:
    """Flips of the plain model and of the graph, and whether all logits are the adapter's but for rounding."""
    forms = ["safetensors", *(["onnx"] if find_spec("onnxruntime") and find_spec("onnxscript") else [])]
    made = [tunecard.export(folder.path, out / form, form, data=str(rows), base=str(base)) for form in forms]
    return [(one.compared.flips, one.compared.largest < 1e-4) for one in made]
