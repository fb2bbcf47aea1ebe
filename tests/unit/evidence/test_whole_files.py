"""Files are whole or absent, whatever happens between the first byte and the rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tunecard.errors import MachineError
from tunecard.evidence.files import sha256_of, write_json, write_text, write_whole


def test_a_file_is_written_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_text(tmp_path / "deep" / "a.txt", "süß\n")
    assert (tmp_path / "deep" / "a.txt").read_bytes() == "süß\n".encode()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.txt"]
    assert (tmp_path / "deep" / "a.txt").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, broken: str
) -> None:
    write_text(tmp_path / "a.txt", "old")

    def fail(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(MachineError) as caught:
        write_text(tmp_path / "a.txt", "new")
    assert str(caught.value) == (
        f"{tmp_path}: no space left to write a.txt. Free some space or choose another folder with --out; "
        "what was complete before is kept, and --resume continues."
    )
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_writer_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")

    def write_half(beside: Path) -> None:
        beside.write_text("ne")
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        write_whole(tmp_path / "a.txt", write_half)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(MachineError, match=r"a.txt cannot be written \(Read-only file system\)"):
        write_text(tmp_path / "a.txt", "new")


def test_content_reaches_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written and closed, then synced, then renamed, then the folder synced."""
    seen: list[tuple[str, str]] = []
    fsync, replace = os.fsync, os.replace

    def see_fsync(handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        seen.append(("sync folder", "") if path.is_dir() else ("sync", path.read_text()))
        fsync(handle)

    def see_replace(source: Path, target: Path) -> None:
        seen.append(("rename", Path(source).read_text()))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", see_fsync)
    monkeypatch.setattr(os, "replace", see_replace)
    write_text(tmp_path / "a.txt", "all of it")
    assert seen == [("sync", "all of it"), ("rename", "all of it"), ("sync folder", "")]


def test_json_is_strict_and_keeps_order(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": "ü"})
    assert (tmp_path / "a.json").read_text() == '{\n "b": 1,\n "a": "ü"\n}\n'
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "a.json", {"b": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"b": 1, "a": "ü"}


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"abc" * 100_000).hexdigest()
