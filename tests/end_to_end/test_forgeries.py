"""A forgery that hashes and rendering do not see is seen by the check that asks about it, and by no other."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgeries import FORGERIES, Forgery, a_picture_of_another, forge
from rendered_once import rendering_once
from tiny_folders import Run
from tunecard.evidence import RunFolder
from tunecard.verification import Report, verify


@pytest.fixture(autouse=True, scope="module")
def cards_rendered_once() -> Iterator[None]:
    with rendering_once():
        yield


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
