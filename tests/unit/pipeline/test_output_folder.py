"""One run at a time, and nothing of the user's is touched unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecard.errors import RunFolderError
from tunecard.evidence.output_folder import claim_folder


def test_a_run_that_leaves_nothing_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), claim_folder(tmp_path / "out", resume=False, overwrite=False):
        raise ZeroDivisionError
    assert not (tmp_path / "out").exists()


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with claim_folder(tmp_path / "out", resume=False, overwrite=False) as folder:
        with (
            pytest.raises(RunFolderError, match="in use by another run"),
            claim_folder(folder.path, resume=False, overwrite=False),
        ):
            pass
        (folder.path / "kept").touch()
    assert (tmp_path / "out" / "kept").exists()


def test_what_no_run_made_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    with pytest.raises(RunFolderError, match="no run made"), claim_folder(tmp_path, resume=False, overwrite=True):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "years"


def test_overwrite_clears_an_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "evidence.json").write_text("{}")
    (tmp_path / "checkpoints").mkdir()
    with claim_folder(tmp_path, resume=False, overwrite=True) as folder:
        assert {path.name for path in folder.path.iterdir()} == {".lock"}


def test_a_run_that_was_killed_before_it_trained_can_be_overwritten(tmp_path: Path) -> None:
    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions" / "test.tfidf.parquet").touch()
    with claim_folder(tmp_path, resume=False, overwrite=True) as folder:
        assert {path.name for path in folder.path.iterdir()} == {".lock"}


def test_other_files_among_predictions_are_the_users(tmp_path: Path) -> None:
    (tmp_path / "predictions").mkdir()
    (tmp_path / "predictions" / "thesis.txt").touch()
    with pytest.raises(RunFolderError, match="no run made"), claim_folder(tmp_path, resume=False, overwrite=True):
        pass
    assert (tmp_path / "predictions" / "thesis.txt").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(RunFolderError, match="is a file"),
        claim_folder(tmp_path / "file", resume=False, overwrite=False),
    ):
        pass
