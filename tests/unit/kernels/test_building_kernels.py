"""Compiling: once, with what is there; and a reason where it cannot be."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from tunecard.kernels import building, library
from tunecard.kernels.building import NotBuilt, build_library, find_compiler
from tunecard.kernels.library import load_kernels

needs_compiler = pytest.mark.skipif(not any(map(shutil.which, building.COMPILERS)), reason="no C compiler")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUNECARD_CACHE", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    load_kernels.cache_clear()
    yield tmp_path
    load_kernels.cache_clear()


def fake_compiler(folder: Path, script: str) -> Path:
    path = folder / "fake-cc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


@needs_compiler
def test_compiled_once_and_nothing_else_left(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = build_library()
    assert [path.name for path in (own_cache / "kernels").iterdir()] == [made.name]
    monkeypatch.setattr(building, "_compile", lambda *_: pytest.fail("compiled a second time"))
    assert build_library() == made


@needs_compiler
def test_another_source_is_another_library(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = build_library()
    copy = tmp_path / "source"
    shutil.copytree(building.SOURCE, copy)
    (copy / "gelu.c").write_text((copy / "gelu.c").read_text() + "\n")
    monkeypatch.setattr(building, "SOURCE", copy)
    assert build_library() != made


def test_no_compiler(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(own_cache))
    with pytest.raises(NotBuilt, match=r"^there is no C compiler \(cc, gcc, clang\)$"):
        find_compiler()
    assert load_kernels().reason == "there is no C compiler (cc, gcc, clang)"


def test_a_compiler_that_refuses(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", str(fake_compiler(own_cache, "echo 'error: no such flag' >&2; exit 1")))
    assert load_kernels().reason == "fake-cc cannot compile them: error: no such flag"
    assert not list((own_cache / "kernels").iterdir())


def test_a_compiler_that_writes_rubbish(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'for last; do case "$before" in -o) echo rubbish > "$last";; esac; before=$last; done'
    monkeypatch.setenv("CC", str(fake_compiler(own_cache, script)))
    assert load_kernels().library is None
    assert load_kernels().reason


def test_a_folder_that_cannot_be_written(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_cache / "kernels").write_text("a file where the folder belongs")
    monkeypatch.setenv("CC", str(fake_compiler(own_cache, "exit 0")))
    assert "cannot be compiled" in str(load_kernels().reason)


def test_switched_off(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(library.SWITCH, "off")
    assert load_kernels().reason == "TUNECARD_KERNELS is off"
    assert not list(own_cache.iterdir())


def test_elsewhere_than_on_linux(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.sys, "platform", "darwin")
    assert load_kernels().reason == "they are for Linux"
