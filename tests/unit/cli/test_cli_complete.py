"""`tunecard complete` passes on what was typed, and a fault is one message and exit code 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli_stand_ins import Call, FakePipeline

import tunecard.api
from tunecard.evidence import RunFolder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, pipeline: FakePipeline, tmp_path: Path) -> list[dict[str, Any]]:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "adapter_config.json").write_text("{}")
    calls: list[dict[str, Any]] = []

    def complete(model: Any, dataset: Any, *, out: Path | None, listener: Any, **rest: Any) -> RunFolder:
        calls.append({"model": model, "dataset": dataset, "out": out, **rest})
        return pipeline.run("recipe", out=out or Path("runs/x-completed"), listener=listener)

    monkeypatch.setattr(tunecard.api, "complete", complete)
    return calls


def test_options_are_passed_on(call: Call, asked: list[dict[str, Any]]) -> None:
    said = call(
        "complete", "x", "--data", "rows.csv", "--labels", "a, b", "--task", "text-classification", "--base", "embedded",
        "--column", "text=body", "--cluster", "document", "--out", "made", "--overwrite",
        "--separator", ";", "--encoding", "windows-1252",
        "--labels-alike", "merge", "--suite", "one.parquet", "--suite", "two.jsonl",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert asked == [
        {
            "model": Path("x"), "dataset": "rows.csv", "out": Path("made"), "task": "text-classification",
            "base": "embedded", "labels": ["a", "b"], "columns": {"text": "body"},
            "cluster": "document", "overwrite": True,
                "separator": ";", "encoding": "windows-1252", "labels_alike": "merge", "suites": ["one.parquet", "two.jsonl"],
        }
    ]  # fmt: skip
    assert "Made made:" in said.out


def test_what_was_not_typed_is_left_to_the_files(call: Call, asked: list[dict[str, Any]]) -> None:
    assert call("complete", "x", "--data", "rows.csv").code == 0
    assert asked[0]["labels"] is None and asked[0]["columns"] == {} and asked[0]["out"] is None
    assert asked[0]["suites"] == []


def test_data_must_be_named(call: Call) -> None:
    said = call("complete", "x")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "UsageError: Missing option '--data'. See `tunecard complete --help`. For example:\n"
        "  tunecard complete ADAPTER --data rows.csv\n"
    )


def test_no_adapter_is_one_message(call: Call) -> None:
    said = call("complete", "nothing", "--data", "rows.csv")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[-1] == "RunFolderError: nothing: no such folder. Give the adapter's."
