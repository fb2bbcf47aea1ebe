"""Small slips of a first hour: each message says the next line to type, and says nothing that is not so here."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from cli_stand_ins import Call, FakePipeline

from tunecard.errors import Interrupted

ROWS = "text,label\n" + "".join(f"a text number {row},{'ab'[row % 2]}\n" for row in range(40))


def test_a_stopped_run_says_the_line_that_goes_on(call: Call, pipeline: FakePipeline, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("data: {source: rows.csv}\n")
    pipeline.fault = Interrupted("stopped after step 3 of 9; the state is saved. Go on with --resume.")
    said = call("run", "recipe.yaml", "--set", "training.epochs=3")
    assert said.code == 3
    assert said.err.endswith(
        "the state is saved. Go on with:\n  tunecard run recipe.yaml --resume --set training.epochs=3\n"
    )
    said = call("run", "recipe.yaml", "--out", "my runs/a b")
    assert said.err.endswith("\n  tunecard run recipe.yaml --out 'my runs/a b' --resume\n")
    pipeline.fault = None
    assert call(*shlex.split(said.err.splitlines()[-1])[1:]).code == 0


def test_a_folder_of_runs_lists_them(call: Call, tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "evidence.json").write_text("{}")
    said = call("verify", "runs")
    assert (said.code, said.err) == (
        2,
        "RunFolderError: runs: holds run folders, and is none itself. Type:\n"
        "  tunecard verify runs/a\n  tunecard verify runs/b\n",
    )


def test_data_that_is_not_there_is_no_matter_of_a_key(call: Call, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    said = call("init", "row.csv", "--yes")
    assert (said.code, said.err) == (2, "DataError: row.csv: no such file or folder. Did you mean 'rows.csv'?\n")


def test_what_the_hub_would_refuse_is_refused_where_it_is_set(call: Call, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    said = call("init", "rows.csv", "--yes", "--set", "card.license=apache", "--set", "card.language=Klingonese")
    assert said.code == 2 and "--set card.license: " in said.err and "--set card.language: " in said.err
    assert not (tmp_path / "recipe.yaml").exists()


def test_a_slip_in_labels_names_the_option(call: Call, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    said = call("init", "rows.csv", "--yes", "--labels", "a,bb")
    assert said.code == 2 and said.err.endswith("Here these are set by --labels A,B,C.\n")


def test_home_is_meant_where_the_shell_leaves_it(
    call: Call, pipeline: FakePipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "rows.csv").write_text(ROWS)
    assert call("init", "rows.csv", "--yes", "--out=~/r.yaml").code == 0
    assert call("run", "home/r.yaml", "--out=~/made").code == 0
    assert (tmp_path / "home" / "r.yaml").is_file() and not (tmp_path / "~").exists()
    assert (tmp_path / "home" / "made").is_dir()
