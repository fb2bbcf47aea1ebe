"""Packed files: what is in them, and an end to those that never end."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tunecard.untrusted import bounded_packing
from tunecard.untrusted.bounded_packing import member_name, open_unpacked
from tunecard.untrusted.plain_files import UnfitFile

CONTENT = b"text,label\n" + b"".join(b"row %d,a\n" % number for number in range(40_000))


def packed(folder: Path, suffix: str, content: bytes = CONTENT) -> Path:
    pack: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress,
        ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    }  # fmt: skip
    path = folder / f"rows.csv{suffix}"
    path.write_bytes(pack[suffix](content))
    return path


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_what_was_packed_comes_out(tmp_path: Path, suffix: str) -> None:
    with open_unpacked(packed(tmp_path, suffix)) as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_a_bomb_and_a_broken_file(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path, suffix, bytes(3_000_000))
    monkeypatch.setattr(bounded_packing, "ALWAYS_READ", 1_000_000)
    monkeypatch.setattr(bounded_packing, "MOST_FOLD", 1)
    with open_unpacked(path) as stream, pytest.raises(UnfitFile, match="unpack to more than 1,000,000"):
        stream.read()
    path.write_bytes(packed(tmp_path, suffix).read_bytes()[:300])
    with open_unpacked(path) as stream, pytest.raises(UnfitFile, match="cannot be unpacked"):
        stream.read()


def test_a_zip_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("inside/rows.csv", CONTENT)
        made.writestr("__MACOSX/inside/._rows.csv", b"x")
        made.writestr("inside/.DS_Store", b"x")
    assert member_name(path) == "rows.csv"
    with open_unpacked(path) as stream:
        assert stream.read() == CONTENT


def test_a_zip_of_several_files_or_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(7):
            made.writestr(f"{number}.csv", b"x")
    said = "it must hold one file. Got 0.csv, 1.csv, 2.csv, 3.csv, 4.csv and more. Unpack it"
    with pytest.raises(UnfitFile, match=said):
        open_unpacked(path)
    zipfile.ZipFile(path, "w").close()
    with pytest.raises(UnfitFile, match="Got none"):
        member_name(path)
    path.write_bytes(b"text,label\n")
    with pytest.raises(UnfitFile, match="cannot be unpacked"):
        member_name(path)
