"""`verify` of a folder with evaluations in it: they are told, their figures are nobody's, and nothing hides among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tiny_folders import text_folder
from tunecard.evidence import RunFolder
from tunecard.verification import verify
from tunecard.verification.evaluations import check_evaluations


def test_they_are_told_and_change_no_verdict(tmp_path: Path) -> None:
    run = text_folder(tmp_path / "run")
    before = verify(run.folder.path)
    (run.folder.evaluations / "mine").mkdir(parents=True)
    for name in ("predictions.parquet", "evidence.json", "comparison.md"):
        (run.folder.evaluations / "mine" / name).write_text("anything")
    (run.folder.evaluations / ".half-x").mkdir()
    report = verify(run.folder.path)
    told = run.check(report, "evaluations")
    assert told.ok is None and "outside of the manifest" in told.detail
    assert report.ok == before.ok and len(report.checks) == len(before.checks) + 1


@pytest.mark.parametrize("stranger", ["mine/weights.bin", "loose.json", "mine/deeper/evidence.json"])
def test_what_no_evaluation_writes_fails(tmp_path: Path, stranger: str) -> None:
    path = tmp_path / "evaluations" / stranger
    path.parent.mkdir(parents=True)
    path.touch()
    (check,) = check_evaluations(RunFolder(tmp_path))
    assert check.ok is False and f"evaluations/{stranger} is nothing that an evaluation writes" in check.detail


def test_links_are_named(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "evaluations").symlink_to(tmp_path / "elsewhere")
    assert check_evaluations(RunFolder(tmp_path))[0].detail == "evaluations/ is a link"
    assert check_evaluations(RunFolder(tmp_path / "elsewhere")) == []
