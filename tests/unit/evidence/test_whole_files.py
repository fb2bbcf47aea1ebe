"""Files are whole or absent, whatever happens between the first byte and the rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from full_disk import kill_me, killed, small_files
from tunecard.errors import DiskFull, MachineError
from tunecard.evidence.files import (
    HALF,
    clear_halves,
    half_folder,
    sha256_of,
    write_json,
    write_text,
    write_whole,
)


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
    with pytest.raises(DiskFull) as caught:
        write_text(tmp_path / "a.txt", "new")
    assert str(caught.value) == (
        f"{tmp_path}: no space left to write a.txt. Free some space or choose another folder with --out; "
        "what was complete before is kept."
    )
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def save_tensors(stream: Any) -> None:
    library = pytest.importorskip("safetensors.numpy")
    library.save_file({"a": np.zeros(1000)}, "tensors")


def save_words(stream: Any) -> None:
    library = pytest.importorskip("tokenizers")
    words = {str(number): number for number in range(1000)}
    library.Tokenizer(library.models.WordLevel(words, unk_token="0")).save("words")


WRITERS: dict[str, Callable[[Any], object]] = {
    "python": lambda stream: stream.write(b"0" * 8000),
    "parquet": lambda stream: pq.write_table(pa.table({"a": list(range(1000))}), stream),
    "safetensors": save_tensors,
    "tokenizers": save_words,
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("is_nameless", [True, False])
def test_every_library_may_meet_the_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str, is_nameless: bool
) -> None:
    """The system itself refuses, and each library has an error of its own for it."""
    monkeypatch.chdir(tmp_path)
    if not is_nameless:
        monkeypatch.delattr(os, "O_TMPFILE")
    write_text(tmp_path / "a.txt", "old")
    with small_files(4000), pytest.raises(DiskFull, match="no space left to write a.txt"):
        write_whole(tmp_path / "a.txt", WRITERS[writer])
    assert (tmp_path / "a.txt").read_text() == "old"
    assert not list(tmp_path.glob(f"{HALF}*"))


def test_other_faults_of_a_writer_are_not_the_disks(tmp_path: Path) -> None:
    def refuse(stream: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output error") as caught:
        write_whole(tmp_path / "a.txt", refuse)
    assert not isinstance(caught.value, MachineError)


@pytest.mark.parametrize("is_nameless", [True, False])
def test_a_writer_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_nameless: bool
) -> None:
    if not is_nameless:  # a file system without files that have no name
        monkeypatch.delattr(os, "O_TMPFILE")
    write_text(tmp_path / "a.txt", "old")

    def write_half(stream: Any) -> None:
        stream.write(b"ne")
        stream.flush()
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        write_whole(tmp_path / "a.txt", write_half)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def die_writing(stream: Any) -> None:
    stream.write(b"half of it")
    stream.flush()
    kill_me()


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without a name are Linux's")
def test_a_process_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    assert killed(lambda: write_whole(tmp_path / "a.txt", die_writing)) == signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_leaves_elsewhere_is_known_and_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    assert killed(lambda: write_whole(tmp_path / "deep" / "a.txt", die_writing)) == signal.SIGKILL

    def die_in_folder() -> None:
        with half_folder(tmp_path) as beside:
            (beside / "weights").write_text("half")
            kill_me()

    assert killed(die_in_folder) == signal.SIGKILL
    (tmp_path / ".gitignore").write_text("the user's")
    assert len(list(tmp_path.rglob(f"{HALF}*"))) == 2
    clear_halves(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == {".gitignore", "deep"}


def test_halves_that_are_links_are_cut_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("years")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / f"{HALF}x").symlink_to(tmp_path / "theirs")
    clear_halves(tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []
    assert (tmp_path / "theirs" / "thesis.txt").read_text() == "years"


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(MachineError, match=r"a.txt cannot be written \(Read-only file system\)"):
        write_text(tmp_path / "a.txt", "new")


def test_content_reaches_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written, then synced, then renamed over the older one, then the folder synced."""
    write_text(tmp_path / "a.txt", "before")
    seen: list[tuple[str, str]] = []
    fsync, replace = os.fsync, os.replace

    def see_fsync(handle: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        seen.append(("sync folder", "") if is_folder else ("sync", os.pread(handle, 100, 0).decode()))
        fsync(handle)

    def see_replace(source: Path, target: Path) -> None:
        seen.append(("rename", Path(source).read_text()))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", see_fsync)
    monkeypatch.setattr(os, "replace", see_replace)
    write_text(tmp_path / "a.txt", "all of it")
    assert seen == [("sync", "all of it"), ("rename", "all of it"), ("sync folder", "")]


def test_a_first_file_gets_its_name_with_all_of_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    fsync = os.fsync

    def see_fsync(handle: int) -> None:
        seen.append(",".join(path.name for path in tmp_path.iterdir()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", see_fsync)
    write_text(tmp_path / "a.txt", "all of it")
    assert seen[-1] == "a.txt" and "a.txt" not in seen[0]
    assert (tmp_path / "a.txt").stat().st_nlink == 1


def test_json_is_strict_and_keeps_order(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": "ü"})
    assert (tmp_path / "a.json").read_text() == '{\n "b": 1,\n "a": "ü"\n}\n'
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "a.json", {"b": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"b": 1, "a": "ü"}


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"abc" * 100_000).hexdigest()
