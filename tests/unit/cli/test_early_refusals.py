"""What needs no library to be known is refused before one is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_stand_ins import Call


@pytest.fixture(autouse=True)
def nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("libraries were loaded")

    monkeypatch.setattr("tunecard.cli.importing.importing", refuse)


def test_a_run_into_a_full_folder(call: Call, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("base_model: embedded\ndata: {source: embedded}\n")
    (tmp_path / "runs" / "recipe").mkdir(parents=True)
    (tmp_path / "runs" / "recipe" / "evidence.json").write_text("{}")
    said = call("run", "recipe.yaml")
    assert said.code == 2 and said.err.startswith("RunFolderError: runs/recipe: is not empty (evidence.json, ...)")


def test_an_adapter_that_is_not_there(call: Call, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    said = call("complete", "thers", "--data", "rows.csv")
    assert said.code == 2 and said.err.startswith("RunFolderError: thers: no such folder. Did you mean 'theirs'?")
