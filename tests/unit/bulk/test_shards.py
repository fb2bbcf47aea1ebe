"""Shards on disk, and whole files made of them: nothing that differs from what a single writer writes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tunecard.bulk.shards import find, store, whole_shards
from tunecard.inference.bulk.answering import Layout
from tunecard.inference.bulk.joining import join_files
from tunecard.inference.bulk.writing import open_writer

LAYOUT = Layout({"text": "text"}, None, "id", {"label": pa.string(), "scores": pa.list_(pa.float64())})
WINDOWS: list[list[dict[str, Any]]] = [
    [{"row": 0, "id": "a", "label": "=1+1\n\u0007", "scores": [0.5, 0.25]}, {"row": 1, "id": None, "error": "is empty."}],
    [{"row": 2, "id": 7, "label": "x,\"y\"", "scores": []}],
    [{"row": 3, "id": "ü", "label": None, "scores": [1.0]}],
]  # fmt: skip


def test_a_shard_is_known_by_its_name_alone(tmp_path: Path) -> None:
    made = [store(tmp_path, number, rows, LAYOUT, ".csv") for number, rows in enumerate(WINDOWS)]
    assert [(shard.number, shard.rows, shard.errors) for shard in made] == [(0, 2, 1), (1, 1, 0), (2, 1, 0)]
    assert whole_shards(tmp_path) == dict(enumerate(made))
    assert find(tmp_path, 1) == made[1] and find(tmp_path, 3) is None


def test_a_damaged_shard_is_taken_away_and_so_is_a_second_one_of_its_number(tmp_path: Path) -> None:
    damaged, kept = (store(tmp_path, number, WINDOWS[0], LAYOUT, ".csv") for number in (0, 1))
    damaged.path.write_bytes(damaged.path.read_bytes()[:-1])
    store(tmp_path, 1, WINDOWS[1], LAYOUT, ".csv")  # as two workers might that took each other for dead
    (tmp_path / "plan.json").touch()
    found = whole_shards(tmp_path)
    assert list(found) == [1] and find(tmp_path, 0) is None
    assert len(list(tmp_path.iterdir())) == 2 and found[1].path.exists() and kept.number == 1


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_joined_shards_are_the_bytes_of_one_writer(tmp_path: Path, suffix: str, count: int) -> None:
    windows = WINDOWS[:count]
    alone = io.BytesIO()
    writer = open_writer(alone, suffix, LAYOUT.fields, LAYOUT.has_id)
    for rows in windows:
        writer.write(rows)
    writer.close()
    shards = [store(tmp_path, number, rows, LAYOUT, suffix) for number, rows in enumerate(windows)]
    joined = io.BytesIO()
    join_files([shard.path for shard in shards], joined, suffix, LAYOUT.fields, LAYOUT.has_id)
    assert joined.getvalue() == alone.getvalue()
