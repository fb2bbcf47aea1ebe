"""A model that really learned something: where its labels differ between two engines, that is rounding and no tie of
random weights."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import shapes

ROWS = {"train": 2_000, "test": 300}
EPOCHS = 3


def save_merged(folder: Path, seed: int) -> None:
    """`folder/merged` and `folder/base`: an adapter of BANKING77's training rows on the embedded base, merged.

    Its classes are in the order of their numbers, and named by them as those of a `Workload` are.
    Raises: Skipped: BANKING77 is not here.
    """
    import tunecard
    from tunecard.encoders import locate_base

    with tempfile.TemporaryDirectory() as name:
        own = Path(name)
        splits = {split: str(_write_some(split, own, seed)) for split in ROWS}
        recipe: dict[str, Any] = {
            "quality": "fast", "data": {"source": splits}, "training": {"epochs": EPOCHS, "seed": seed},
            "evaluation": {"budget": 0},
        }  # fmt: skip
        run = tunecard.run(recipe, out=own / "run")
        tunecard.export(run.path, own / "merged", data=str(own))
        _number_classes(own / "merged" / "config.json")
        shutil.copytree(locate_base("embedded").folder, folder / "base", dirs_exist_ok=True)
        shutil.copytree(own / "merged", folder / "merged")


def _write_some(split: str, folder: Path, seed: int) -> Path:
    """Some rows, their classes as text of two digits: in the order of text they are in that of numbers."""
    import pyarrow
    import pyarrow.parquet

    rows = random.Random(seed).sample(shapes.read_rows(shapes.banking77(split)), ROWS[split])
    columns = {"text": [row["text"] for row in rows], "label": [f"{row['label']:02d}" for row in rows]}
    target = folder / f"{split}.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), target)
    return target


def _number_classes(config: Path) -> None:
    read = json.loads(config.read_text())
    names = {place: f"class {int(place)}" for place in read["id2label"]}
    read["id2label"], read["label2id"] = names, {name: int(place) for place, name in names.items()}
    config.write_text(json.dumps(read))
