"""One run at a time, and nothing of the user's is touched unasked."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from full_disk import kill_me, killed
from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import HALF
from tunecard.evidence.output_folder import claim_folder
from tunecard.verification.files import check_files


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


def test_halves_of_a_killed_run_are_cleared_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "predictions").mkdir()
    for name in (f"{HALF}saving/adapter_model.safetensors", f"{HALF}README.md", f"predictions/{HALF}x", ".notes"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("half")
    (tmp_path / "evidence.json").write_text("{}")
    with claim_folder(tmp_path, resume=True, overwrite=False):
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == {".lock", ".notes", "evidence.json", "predictions"}


def test_a_folder_with_nothing_but_halves_is_empty(tmp_path: Path) -> None:
    (tmp_path / f"{HALF}saving").mkdir()
    with claim_folder(tmp_path, resume=False, overwrite=False) as folder:
        assert {path.name for path in folder.path.iterdir()} == {".lock"}


def test_a_folder_that_is_claimed_by_another_keeps_its_halves(tmp_path: Path) -> None:
    """They are what the other is writing."""
    with claim_folder(tmp_path, resume=False, overwrite=False) as folder:
        (folder.path / f"{HALF}x").write_text("in the making")
        with pytest.raises(RunFolderError), claim_folder(tmp_path, resume=True, overwrite=False):
            pass
        assert (folder.path / f"{HALF}x").exists()


def test_halves_never_enter_the_manifest(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "README.md").write_text("whole")
    (tmp_path / f"{HALF}saving").mkdir()
    (tmp_path / f"{HALF}saving" / "README.md").write_text("half")
    folder.write_manifest()
    assert [record["path"] for record in folder.read_manifest()] == ["README.md"]
    assert not check_files(folder).ok  # who finds one in a folder is told


def test_a_killed_clearing_can_be_repeated(tmp_path: Path) -> None:
    """What tells that a folder is a run's goes last."""
    for name in ("README.md", "evidence.json", "adapter_config.json", "zzz.txt"):
        (tmp_path / name).write_text("old")
    (tmp_path / "checkpoints").mkdir()
    unlinked: list[str] = []

    def claim() -> None:
        unlink = Path.unlink

        def unlink_and_die(path: Path, missing_ok: bool = False) -> None:
            unlink(path, missing_ok)
            unlinked.append(path.name)
            if len(unlinked) == 2:
                kill_me()

        Path.unlink = unlink_and_die  # type: ignore[method-assign]
        with claim_folder(tmp_path, resume=False, overwrite=True):
            pass

    assert killed(claim) == signal.SIGKILL
    assert (tmp_path / "evidence.json").exists()
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
