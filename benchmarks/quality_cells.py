"""The rows of quality.py: which sets, how many rows of each a side may learn from, and which rows it is scored on.

A cell is a set and a number: so many rows of every class (10, 50) or so many rows drawn at random (2000). A seed draws
the training rows of its cell; the test rows are the same for all seeds and cells of a set, except that classes that the
drawn rows do not have are left out. Nobody gets validation rows.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TEST_ROWS = 1_500
PER_CLASS = (10, 50)
BINS = 5  # of numbers: a row's class is the fifth of the range of train that it lies in
FEWEST_FULL = 0.5  # of the classes must have as many rows as the cell asks for; the others give all they have

Row = dict[str, Any]
TEXT, ENTITIES, NUMBERS, LABEL_SETS = "text", "entities", "numbers", "label sets"


@dataclass(frozen=True)
class DataSet:
    """Where a set has its texts and labels.

    Attributes:
        kind: "text" (one class a row), "entities", "numbers" or "label sets" (any number of labels a row).
        inputs: its text columns, in order.
        label: its label column.
        left_out: positions in train that no side gets.
        folder: of the data; named like the set unless told.
    """

    kind: str
    inputs: tuple[str, ...]
    label: str
    left_out: frozenset[int] = field(default_factory=frozenset)
    folder: str = ""


SETS = {
    "banking77": DataSet(TEXT, ("text",), "label"),
    "clinc150": DataSet(TEXT, ("text",), "intent"),
    "goemotions": DataSet(TEXT, ("text",), "labels"),  # rows of exactly one label
    "goemotions_sets": DataSet(LABEL_SETS, ("text",), "labels", folder="goemotions"),  # all rows, all their labels
    "pros_cons": DataSet(TEXT, ("text",), "label"),
    "cad_nli": DataSet(TEXT, ("premise", "hypothesis"), "label"),
    "stsb_ccbysa": DataSet(NUMBERS, ("sentence1", "sentence2"), "label"),
    # Ten abstracts of test are in train as well; SOURCE.md names their rows.
    "bionlp2004": DataSet(ENTITIES, ("tokens",), "tags", frozenset(range(13_998, 14_099))),
    "wnut17": DataSet(ENTITIES, ("tokens",), "ner_tags"),
}


@dataclass(frozen=True)
class Cell:
    """What a side is given, as it lies in a folder.

    Attributes:
        labels: in the order of their ids; empty for numbers.
    """

    folder: Path
    set: str
    size: int
    seed: int
    labels: list[str]

    @property
    def data(self) -> DataSet:
        return SETS[self.set]

    def rows(self, split: str) -> list[Row]:
        """Rows with the set's input columns and its labels as `label` (entities: `tags`)."""
        import pyarrow.parquet

        rows: list[Row] = pyarrow.parquet.read_table(self.folder / f"{split}.parquet").to_pylist()
        return rows

    @property
    def gold(self) -> str:
        """The label column of its files."""
        return "tags" if self.data.kind == ENTITIES else "label"


class TooFewRows(Exception):
    """A set cannot fill a cell."""


def open_cell(work: Path, name: str, size: int, seed: int) -> Cell:
    """A cell that `make_cell` made."""
    folder = cell_folder(work, name, size, seed)
    told = json.loads((folder / "cell.json").read_text())
    return Cell(folder, name, size, seed, told["labels"])


def cell_folder(work: Path, name: str, size: int, seed: int) -> Path:
    return work / name / str(size) / f"seed-{seed}"


def make_cell(data: Path, work: Path, name: str, size: int, seed: int) -> Cell:
    """Draws the rows and writes train.parquet, test.parquet and cell.json, unless they are there.

    Raises: TooFewRows.
    """
    folder = cell_folder(work, name, size, seed)
    if not (folder / "cell.json").is_file():
        rows, labels = read_set(data, name)
        kind = SETS[name].kind
        chosen = draw(kind, rows["train"], size, f"{name} {size} {seed}")
        test = draw_test(rows["test"], name)
        train = [rows["train"][row] for row in chosen]
        if kind in (TEXT, LABEL_SETS):
            known = {label for row in train for label in labels_of(row)}
            labels = [label for label in labels if label in known]
            test = [row for row in test if known.issuperset(labels_of(rows["test"][row]))]
        folder.mkdir(parents=True, exist_ok=True)
        write_rows(folder / "train.parquet", train)
        write_rows(folder / "test.parquet", [rows["test"][row] for row in test])
        told = {"set": name, "size": size, "seed": seed, "labels": labels, "train": chosen, "test": test}
        write_json(folder / "cell.json", told)
    return open_cell(work, name, size, seed)


def labels_of(row: Row) -> list[str]:
    """Its class, or its labels."""
    return row["label"] if isinstance(row["label"], list) else [row["label"]]


def read_set(data: Path, name: str) -> tuple[dict[str, list[Row]], list[str]]:
    """Rows by split with label names, and the names in the order of their ids."""
    import pyarrow.parquet

    known = SETS[name]
    folder = data / (known.folder or name)
    names = label_names(json.loads((folder / "metadata.json").read_text())["columns"][known.label])
    rows = {}
    for split in ("train", "test"):
        read = pyarrow.parquet.read_table(folder / f"{split}.parquet").to_pylist()
        kept = [row for place, row in enumerate(read) if split == "test" or place not in known.left_out]
        rows[split] = [named for row in kept if (named := name_labels(row, known, names)) is not None]
    return rows, names


def label_names(column: Any) -> list[str]:
    """The names that metadata.json has of a label column, at whatever depth."""
    while isinstance(column, dict) and "names" not in column and "of" in column:
        column = column["of"]
    return list(column["names"]) if isinstance(column, dict) else []


def name_labels(row: Row, known: DataSet, names: Sequence[str]) -> Row | None:
    """The texts and the label by its name; None for a row of several labels where a set has one a row."""
    label = row[known.label]
    texts = {column: row[column] for column in known.inputs}
    if known.kind == NUMBERS:
        return texts | {"label": float(label)}
    if known.kind == ENTITIES:
        return texts | {"tags": [tag if isinstance(tag, str) else names[tag] for tag in label]}
    if known.kind == LABEL_SETS:
        return texts | {"label": [one if isinstance(one, str) else names[one] for one in label]}
    if isinstance(label, list):
        if len(label) != 1:
            return None
        label = label[0]
    return texts | {"label": label if isinstance(label, str) else names[label]}


def draw(kind: str, rows: Sequence[Row], size: int, seed: str) -> list[int]:
    """Sorted positions of the rows to learn from. Raises: TooFewRows."""
    dice = random.Random(seed)
    if size not in PER_CLASS:
        if len(rows) < size:
            raise TooFewRows(f"{len(rows)} rows, {size} are needed")
        return sorted(dice.sample(range(len(rows)), size))
    if kind in (ENTITIES, LABEL_SETS):
        return draw_several(
            [types_of(row["tags"]) if kind == ENTITIES else set(row["label"]) for row in rows], size, dice
        )
    labels = bins_of([row["label"] for row in rows]) if kind == NUMBERS else [row["label"] for row in rows]
    return draw_each(labels, size, dice)


def draw_each(labels: Sequence[Any], size: int, dice: random.Random) -> list[int]:
    """`size` rows of every label; a label that has fewer gives all. Raises: TooFewRows: most have fewer."""
    of_label: dict[Any, list[int]] = {label: [] for label in sorted(set(labels))}
    for row, label in enumerate(labels):
        of_label[label].append(row)
    full = sum(len(rows) >= size for rows in of_label.values())
    if full < FEWEST_FULL * len(of_label):
        raise TooFewRows(f"{full} of {len(of_label)} classes have {size} rows")
    return sorted(row for rows in of_label.values() for row in dice.sample(rows, min(size, len(rows))))


def draw_several(types: Sequence[set[str]], size: int, dice: random.Random) -> list[int]:
    """Rows until `size` have each type or label, the rarest first; a row counts for all that it has.

    Raises: TooFewRows: a type has fewer.
    """
    found = Counter(kind for mentioned in types for kind in mentioned)
    rare = sorted(found, key=lambda kind: (found[kind], kind))
    if found[rare[0]] < size:
        raise TooFewRows(f"{found[rare[0]]} rows have {rare[0]}, {size} are needed")
    order, chosen = dice.sample(range(len(types)), len(types)), set[int]()
    for kind in rare:
        have = sum(kind in types[row] for row in chosen)
        more = [row for row in order if kind in types[row] and row not in chosen]
        chosen.update(more[: max(0, size - have)])
    return sorted(chosen)


def types_of(tags: Sequence[str]) -> set[str]:
    """The entity types that a sentence mentions."""
    return {tag[2:] for tag in tags if tag != "O"}


def bins_of(numbers: Sequence[float]) -> list[int]:
    """Which fifth of its rows, by value, each number lies in; equal numbers lie in the same."""
    ordered = sorted(numbers)
    edges = [ordered[len(ordered) * place // BINS] for place in range(1, BINS)]
    return [sum(number >= edge for edge in edges) for number in numbers]


def draw_test(rows: Sequence[Row], name: str) -> list[int]:
    """Sorted positions of at most TEST_ROWS rows, the same for every cell and seed."""
    return sorted(random.Random(name).sample(range(len(rows)), min(len(rows), TEST_ROWS)))


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.Table.from_pylist(list(rows))
    replace(path, lambda beside: pyarrow.parquet.write_table(table, beside, compression="zstd"))


def write_json(path: Path, value: Any) -> None:
    replace(path, lambda beside: beside.write_text(json.dumps(value, indent=1)))


def replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Writes beside it, then renames: a file is there whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    write(beside)
    beside.replace(path)
