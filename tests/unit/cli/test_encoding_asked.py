"""A file that is no UTF-8: `init` asks in which encoding it is, or tells the line that says so."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from cli_stand_ins import Call

from tunecard.adapters.methods.recipes import read_recipe
from tunecard.cli import initialising


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Forty rows as a European Excel writes them."""
    rows = "".join(f"Zimmer {row} für zwei;{('gut', 'schlecht')[row % 2]}\r\n" for row in range(40))
    (tmp_path / "export.csv").write_bytes(f"text;label\r\n{rows}".encode("cp1252"))
    return tmp_path


def at_terminal(monkeypatch: pytest.MonkeyPatch, typed: list[str]) -> None:
    monkeypatch.setattr(initialising, "_is_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: typed.pop(0) if typed else ".")


def test_at_a_terminal_enter_takes_the_encoding_that_reads_well(
    call: Call, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_terminal(monkeypatch, [""])
    said = call("init", "export.csv", "--out", "r.yaml")
    assert said.code == 0, said.err
    assert "Does that read right?" in said.err and "'Zimmer 0 für zwei;gut'" in said.err
    assert "If that is right, set" not in said.err
    assert "  tunecard init export.csv --set data.encoding=windows-1252 --out r.yaml --yes\n" in said.err
    assert read_recipe(export / "r.yaml").data.encoding == "windows-1252"


def test_at_a_terminal_no_stops_and_writes_nothing(call: Call, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_terminal(monkeypatch, ["2"])
    assert call("init", "export.csv").code == 2
    assert not (export / "recipe.yaml").exists()


def test_elsewhere_the_line_to_type_is_told_and_works(call: Call, export: Path) -> None:
    said = call("init", "export.csv", "--out", "r.yaml", "--yes")
    assert said.code == 2 and "this place reads 'Zimmer 0 für zwei;gut'" in said.err.replace("\n  ", " ")
    line = said.err.splitlines()[-1].strip()
    assert line == "tunecard init export.csv --set data.encoding=windows-1252 --out r.yaml --yes"
    assert call(*shlex.split(line)[1:]).code == 0
