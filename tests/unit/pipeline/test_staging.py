"""A completed folder appears whole or not at all, and nothing of anybody's is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from full_disk import kill_me, killed
from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import HALF
from tunecard.evidence.output_folder import staged_folder
from tunecard.verification.files import check_files


def fill(out: Path, adapter: Path, content: dict[str, str], *, overwrite: bool = False) -> None:
    with staged_folder(out, adapter, overwrite=overwrite) as folder:
        for name, text in content.items():
            (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
            (folder.path / name).write_text(text)
        folder.write_manifest()


def files_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


MADE = {"evidence.json": "{}", "README.md": "new", "predictions/test.parquet": "rows"}


def test_a_folder_appears_when_all_went_well(tmp_path: Path) -> None:
    fill(tmp_path / "deep" / "out", tmp_path / "adapter", MADE)
    assert files_of(tmp_path / "deep" / "out") == MADE


def test_after_a_fault_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), staged_folder(tmp_path / "out", tmp_path / "a", overwrite=False) as folder:
        (folder.path / "README.md").write_text("half")
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_replaced_when_asked_for_and_only_then(tmp_path: Path) -> None:
    fill(tmp_path / "out", tmp_path / "adapter", {"evidence.json": "{}", "old.txt": "old"})
    with pytest.raises(RunFolderError, match="holds a run already .* Use --overwrite"):
        fill(tmp_path / "out", tmp_path / "adapter", MADE)
    assert "old.txt" in files_of(tmp_path / "out")
    with pytest.raises(ZeroDivisionError), staged_folder(tmp_path / "out", tmp_path / "a", overwrite=True):
        _ = 1 / 0
    assert "old.txt" in files_of(tmp_path / "out")  # a run that fails takes nothing with it
    fill(tmp_path / "out", tmp_path / "adapter", MADE, overwrite=True)
    assert files_of(tmp_path / "out") == MADE


def test_files_of_others_are_never_cleared(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("x")
    with pytest.raises(RunFolderError, match=r"holds files that tunecard did not make \(thesis\.tex\)"):
        fill(tmp_path / "out", tmp_path / "adapter", MADE, overwrite=True)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(RunFolderError, match="is a file. Choose a folder"):
        fill(tmp_path / "out", tmp_path / "adapter", MADE)


def test_in_its_own_place_files_are_added_and_only_the_card_changes(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    before = {"adapter_config.json": "{}", "README.md": "old", "optimizer.pt": "binary"}
    for name, text in before.items():
        (adapter / name).write_text(text)
    made = {**MADE, "adapter_config.json": "{}", "original_README.md": "old"}
    fill(adapter, adapter, made)
    assert files_of(adapter) == {**before, **made}
    assert '"optimizer.pt"' in (adapter / "manifest.json").read_text()


def test_in_its_own_place_nothing_is_lost(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "config.json").write_text("theirs")
    with pytest.raises(RunFolderError, match=r"in its own place would replace config\.json"):
        fill(adapter, adapter, {**MADE, "config.json": "ours"})
    assert files_of(adapter) == {"config.json": "theirs"}
    assert list(tmp_path.iterdir()) == [adapter]


def test_what_an_earlier_completion_wrote_there_may_be_replaced(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    fill(adapter, tmp_path / "elsewhere", {**MADE, "original_README.md": "old"})
    again = {**MADE, "evidence.json": "[]", "original_README.md": "old"}
    with pytest.raises(RunFolderError, match=r"would replace evidence\.json"):
        fill(adapter, adapter, again)
    fill(adapter, adapter, again, overwrite=True)
    assert files_of(adapter) == again


@pytest.mark.parametrize("at", range(1, 12))
def test_a_replacing_that_is_killed_can_be_repeated(tmp_path: Path, at: int) -> None:
    """The folder is a run's all the while, and has no manifest before all of it is there."""
    out, adapter = tmp_path / "out", tmp_path / "adapter"
    fill(out, adapter, {"evidence.json": "{}", "old.txt": "old", "deep/old.txt": "old"})
    seen: list[int] = []

    def replace() -> None:
        real = {name: getattr(os, name) for name in ("replace", "unlink", "rmdir")}

        def dying(name: str) -> Callable[..., None]:
            def call(*arguments: Any, **options: Any) -> None:
                seen.append(1)
                if len(seen) == at:
                    kill_me()
                real[name](*arguments, **options)

            return call

        for name in real:
            setattr(os, name, dying(name))
        fill(out, adapter, MADE, overwrite=True)

    was_killed = killed(replace) == signal.SIGKILL
    if was_killed and (out / "manifest.json").exists():
        assert check_files(RunFolder(out)).ok or list(out.glob(f"{HALF}*"))
    fill(out, adapter, MADE, overwrite=True)
    assert files_of(out) == MADE
    assert check_files(RunFolder(out)).ok
