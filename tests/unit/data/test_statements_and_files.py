"""What a source states about itself and which files it was, as findings; never a path."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunecard.data import DataPlan, describe, load_dataset
from tunecard.evidence import Findings
from tunecard.evidence.records.data import STATEMENTS
from tunecard.rows.dataset import Dataset

Write = Callable[[str, Any], Path]
Load = Callable[..., Dataset]
ROWS = [{"text": f"row number {number}", "intent": "ab"[number % 2]} for number in range(20)]


def test_every_key_is_declared_or_says_what_to_set(write: Write, load: Load) -> None:
    write("train.jsonl", ROWS)
    write(
        "metadata.json", {"curators": " The curators ", "language": ["en", "de"], "risks": 3, "paper": "", "demo": [1]}
    )
    findings = Findings(describe(load()))
    assert all(f"data.{key}" in findings for key in STATEMENTS)
    assert findings.value("data.curators") == "The curators"
    assert findings.value("data.language") == "en, de"
    assert findings["data.curators"].method == "declared by metadata.json beside the data"
    for key in set(STATEMENTS) - {"curators", "language"}:
        assert findings[f"data.{key}"].reason == f"not declared: set `{key}` in a metadata.json beside the data"


def test_files_are_named_with_hash_and_columns(write: Write, load: Load, tmp_path: Path) -> None:
    path = write("train.jsonl", ROWS)
    write("test.csv", "text,intent\nx,a\n")
    findings = Findings(describe(load()))
    first, second = findings.value("data.files")
    assert first == {
        "file": "train.jsonl", "split": "train", "bytes": path.stat().st_size, "rows": 20,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "columns": {"text": {"name": "text", "kind": "text"}, "label": {"name": "intent", "kind": "text"}},
    }  # fmt: skip
    assert (second["file"], second["split"], second["rows"]) == ("test.csv", "test", 1)
    assert findings.value("data.columns") == {"text": "text", "label": "intent"}
    assert str(tmp_path) not in json.dumps([finding.model_dump(mode="json") for finding in findings])


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([{"tokens": ["a", "b"], "tags": [0, 1]}] * 20, {"tokens": "list of text", "tags": "list of integer"}),
        ([{"text": "IL-2 binds", "spans": [{"start": 0, "end": 4, "label": "x"}]}] * 20,
         {"text": "text", "spans": "list of object"}),
    ],
)  # fmt: skip
def test_kinds_of_values(write: Write, load: Load, rows: list[dict[str, Any]], kinds: dict[str, str]) -> None:
    varied = [row | ({"tokens": [*row["tokens"][:1], str(i)]} if "tokens" in row else {}) for i, row in enumerate(rows)]
    if "text" in rows[0]:
        varied = [row | {"text": f"IL-2 binds {i}"} for i, row in enumerate(rows)]
    write("train.jsonl", varied)
    labels = {"labels": ["O", "B-x"]} if "tokens" in rows[0] else {}
    columns = Findings(describe(load(**labels))).value("data.files")[0]["columns"]
    assert {role: column["kind"] for role, column in columns.items()} == kinds


def test_rows_in_memory_have_no_files() -> None:
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_list(ROWS).rename_column("intent", "label")
    findings = Findings(describe(load_dataset(DataPlan({"train": rows}))))
    assert findings["data.files"].status == "not measured"
    assert "content hash" in (findings["data.files"].reason or "")
