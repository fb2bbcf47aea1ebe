"""A card that cannot be written to its end leaves the one before, and a killed one is mended by the same command."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from full_disk import kill_me, killed, small_files
from tiny_folders import text_folder
from tunecard.card import known_figures
from tunecard.errors import DiskFull, RunFolderError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import HALF
from tunecard.evidence.output_folder import claim_folder
from tunecard.pipeline import render_again
from tunecard.verification.files import check_files


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A finished run as `card` leaves it, whose owner then declared something else."""
    made: RunFolder = text_folder(tmp_path / "run").folder
    render_again(made.path)
    made.recipe.write_text(made.recipe.read_text().replace("Tests of 3 classes.", "Something else."))
    return made


def content(folder: RunFolder) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}


def test_a_full_disk_changes_no_byte(folder: RunFolder) -> None:
    before = content(folder)
    sizes = {path.stat().st_size for path in folder.path.rglob("*") if path.is_file()}
    refused = 0
    for most in sorted({size - 1 for size in sizes}):
        try:
            with small_files(most):
                render_again(folder.path)
            break  # every file of a card fits
        except DiskFull:
            refused += 1
        assert content(folder) == before, most
    assert refused > 3
    render_again(folder.path)
    assert "Something else." in folder.card.read_text() and check_files(folder).ok


@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_card_that_is_killed_between_its_files_is_mended_by_the_same_command(folder: RunFolder, at: int) -> None:
    def render() -> None:
        seen, replace = [], os.replace

        def dying(source: Path, target: Path) -> None:
            if Path(target).parent in (folder.path, folder.figures):
                seen.append(1)
            if len(seen) == at:
                kill_me()
            replace(source, target)

        os.replace = dying
        render_again(folder.path)

    assert killed(render) == signal.SIGKILL
    assert not check_files(folder).ok  # whoever looks now is told
    render_again(folder.path)
    assert "Something else." in folder.card.read_text() and check_files(folder).ok
    assert not list(folder.path.rglob(f"{HALF}*"))


def test_a_picture_that_no_card_shows_any_more_goes(folder: RunFolder) -> None:
    shown = {path.name for path in folder.figures.iterdir()}
    gone = min(known_figures() - shown)
    (folder.figures / gone).write_bytes(b"of findings that are no more")
    (folder.figures / "the users.png").write_bytes(b"kept")
    render_again(folder.path)
    assert {path.name for path in folder.figures.iterdir()} == {*shown, "the users.png"}


def test_no_card_is_rendered_into_a_folder_that_is_in_use(folder: RunFolder) -> None:
    with claim_folder(folder.path, resume=True, overwrite=False), pytest.raises(RunFolderError, match="is in use"):
        render_again(folder.path)
