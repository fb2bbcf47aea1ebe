"""Where an evaluation is kept: named after the data, whole or absent, and nothing that a manifest covers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecard.errors import RunFolderError
from tunecard.evidence import Predictions, RunFolder
from tunecard.evidence.evaluation_folder import ROWS, EvaluationFolder, choose_place, name_of, staged_evaluation
from tunecard.publishing.upload_files import pack


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    run = RunFolder(tmp_path / "run")
    run.write_manifest()
    return run


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("rows.csv", "rows"), ("rows.v2.jsonl.gz", "rows.v2"), ("owner/set", "owner-set"), ("../..", "rows"), ("", "rows"),
        ("a b + c.csv", "a-b-c"), ("x" * 90, "x" * 60), ("日本.csv", "rows"), (".hidden.csv", "hidden"),
    ],
)  # fmt: skip
def test_a_name_for_a_folder_out_of_any_data(data: str, name: str) -> None:
    assert name_of(data) == name


def test_a_name_that_is_taken_is_numbered_unless_it_was_given(folder: RunFolder) -> None:
    place = choose_place(folder, "rows.csv", None, overwrite=False)
    assert place == folder.path / "evaluations" / "rows"
    place.mkdir(parents=True)
    assert choose_place(folder, "rows.csv", None, overwrite=False).name == "rows-2"
    (folder.evaluations / "rows-2").mkdir()
    assert choose_place(folder, "rows.csv", None, overwrite=False).name == "rows-3"
    assert choose_place(folder, "rows.csv", None, overwrite=True) == place
    with pytest.raises(RunFolderError, match=r"is an evaluation already. Use --overwrite to replace it"):
        choose_place(folder, "other.csv", "rows", overwrite=False)
    assert choose_place(folder, "other.csv", "rows", overwrite=True) == place


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".x", "a b"])
def test_a_name_that_leads_elsewhere_is_refused(folder: RunFolder, name: str) -> None:
    with pytest.raises(RunFolderError, match="--name takes letters"):
        choose_place(folder, "rows.csv", name, overwrite=True)


def fill(made: EvaluationFolder, answer: str) -> None:
    made.write_predictions(Predictions([0], ["a"], [answer]), ROWS)


def test_it_is_whole_or_absent_and_takes_the_place_of_an_earlier_one(folder: RunFolder) -> None:
    place = folder.evaluations / "rows"
    with pytest.raises(KeyError), staged_evaluation(place) as made:
        fill(made, "a")
        raise KeyError
    assert not folder.evaluations.exists()
    with staged_evaluation(place) as made:
        fill(made, "a")
        assert not place.exists()
    (place / "old").touch()
    with pytest.raises(KeyError), staged_evaluation(place) as made:
        raise KeyError
    assert (place / "old").exists()
    with staged_evaluation(place) as made:
        fill(made, "b")
    kept = EvaluationFolder(place)
    assert kept.read_predictions(ROWS).predictions == ["b"] and not (place / "old").exists()
    assert [path.name for path in folder.evaluations.iterdir()] == ["rows"]
    assert kept.prediction_files() == [(ROWS, None, place / "predictions.parquet")]


def test_no_manifest_lists_it_and_no_push_takes_it(folder: RunFolder) -> None:
    before = folder.manifest.read_bytes()
    with staged_evaluation(folder.evaluations / "rows") as made:
        fill(made, "a")
    folder.write_manifest()
    assert folder.manifest.read_bytes() == before
    assert sorted(pack(folder, with_predictions=True).files) == ["config.json", "manifest.json"]
