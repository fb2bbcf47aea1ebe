"""A forgery that hashes and rendering do not see is seen by the check that asks about it, and by no other."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from forgeries import FORGERIES, UNSEEN, Forgery, a_picture_of_another, both, forge
from tiny_folders import Run
from tunecard.evidence import RunFolder
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import Report, verify


def failed(report: Report) -> dict[str, str]:
    return {check.name: check.detail for check in report.checks if check.ok is False}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_a_forgery_is_seen_by_the_check_that_asks_about_it(
    forgery: Forgery, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    honest: RunFolder = request.getfixturevalue(forgery.on)
    folder = RunFolder(Path(shutil.copytree(honest.path, tmp_path / "run")))
    run = forge(folder, forgery.change)
    if forgery.name == "another picture":  # drawn last, after what a careful forger draws
        a_picture_of_another(run)
        run.render()
    told = failed(verify(folder.path))
    assert forgery.said in told.get(forgery.check, ""), told
    assert told.keys() - forgery.besides == {forgery.check}, told


@pytest.mark.parametrize("kind", ["pair_run", "token_run"])
def test_an_honest_folder_rendered_again_passes(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    honest: RunFolder = request.getfixturevalue(kind)
    folder = RunFolder(Path(shutil.copytree(honest.path, tmp_path / "run")))
    assert isinstance(forge(folder, lambda run: None), Run)
    report = verify(folder.path)
    assert failed(report) == {} and report.not_made == ()


def listed() -> list[str]:
    """The entries of the list of what cannot be shown."""
    document = (Path(__file__).parents[2] / "docs" / "verifying.md").read_text(encoding="utf-8")
    section = document.partition("## What it cannot show")[2].partition("\n## ")[0]
    return re.findall(r"^- \*\*(.+?)\.\*\*", section, re.MULTILINE)


def test_the_list_of_what_cannot_be_shown_is_that_of_the_forgeries_that_pass() -> None:
    assert listed() == list(UNSEEN)


@pytest.mark.parametrize("name", list(UNSEEN))
def test_what_cannot_be_shown_passes(name: str, token_run: RunFolder, tmp_path: Path) -> None:
    folder = RunFolder(Path(shutil.copytree(token_run.path, tmp_path / "run")))
    forge(folder, UNSEEN[name])
    is_changed = folder.evidence.read_bytes() != token_run.evidence.read_bytes()
    assert is_changed or name == "Rows that somebody made up"
    assert failed(verify(folder.path)) == {}


def test_what_cannot_be_shown_passes_a_second_go(
    token_run: RunFolder, tiny_base: Callable[[str], Path], token_data: Path, tmp_path: Path
) -> None:
    folder = RunFolder(Path(shutil.copytree(token_run.path, tmp_path / "run")))
    forge(folder, both(*UNSEEN.values()))
    report = verify(folder.path, DeepVerification(str(token_data), str(tiny_base("roberta"))))
    assert failed(report) == {}
    assert {check.ok for check in report.checks if check.tier == "deep"} == {True}
