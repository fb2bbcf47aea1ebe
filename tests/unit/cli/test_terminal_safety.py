"""No text of a file steers a terminal: in errors, in reports, in progress, in predictions, in a library's warning."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from cli_stand_ins import Call, FakePipeline
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tiny_folders import text_folder
from tunecard.cli import progress
from tunecard.cli.output import stdout_console
from tunecard.cli.progress import shown_progress
from tunecard.cli.streams import printable_streams
from tunecard.errors import DataError
from tunecard.inference.bulk.writing import open_writer
from tunecard.printable import printable

TITLE, CLEAR, TURN, LINK = "\x1b]0;owned\x07", "\x9b2J", "\u202egnp.exe", "\x1b]8;;http://x.test\x1b\\click"
HOSTILE = f"a{TITLE}b{CLEAR}c{TURN}d{LINK}e\rf\x08g\x7fh\u2066i\u200fj\u061ck\u2028l"
# What rich itself may say: colours, moving up, erasing a line, hiding the cursor.
STEERING_OF_RICH = re.compile(r"\x1b\[[0-9;]*[mAK]|\x1b\[\?25[hl]|\r")


def steers(text: str) -> list[str]:
    """The characters that a terminal would obey."""
    obeyed = {"Cc", "Cs", "Zl", "Zp"}
    turns = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
    return [c for c in text if (unicodedata.category(c) in obeyed and c not in "\n\t") or c in turns]


@given(st.text())
def test_printable_text_steers_nothing_and_printable_twice_is_printable_once(text: str) -> None:
    once = printable(text)
    assert steers(once) == []
    assert printable(once) == once


@pytest.mark.parametrize(
    "text", ["", "café", "zürich\u00a0AG", "\u0645\u06cc\u200c\u062e", "👩\u200d🔬", "a\n\tb", "漢字\u3000仮名"]
)
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text


def test_an_error_says_what_stood_there_and_steers_nothing() -> None:
    error = DataError([f"column {HOSTILE}.", "x"], place=f"{TURN}.csv")
    assert steers(str(error)) == []
    assert "\\x1b]0;owned\\x07" in str(error) and "\\u202egnp.exe" in str(error)


@pytest.mark.parametrize("debug", ["", "1"])
@pytest.mark.parametrize("fault", [ValueError(HOSTILE), OSError(13, HOSTILE, f"/x/{HOSTILE}"), DataError(HOSTILE)])
def test_whatever_ends_a_command_is_told_without_steering(
    call: Call, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch, fault: Exception, debug: str
) -> None:
    pipeline.fault = fault
    monkeypatch.setenv("TUNECARD_DEBUG", debug)
    said = call("quickstart")
    assert "owned" in said.err and steers(said.out + said.err) == []


def test_what_is_typed_wrongly_is_told_without_steering(call: Call) -> None:
    said = call("run", "recipe.yaml", f"--{HOSTILE}")
    assert said.code == 2 and "owned" in said.err and steers(said.err) == []


def test_a_hostile_folder_is_verified_on_a_terminal_without_steering_it(tmp_path: Path) -> None:
    run = text_folder(tmp_path / "run")
    run.set("task.labels", value=[HOSTILE, "bad", "mixed"])
    (run.folder.path / f"{TITLE}{CLEAR}{TURN}.txt").write_text("a name may hold all of it")
    shown = on_a_terminal(["verify", str(run.folder.path)])
    assert "owned" in shown and "failed" in shown
    assert steers(STEERING_OF_RICH.sub("", shown)) == []


def on_a_terminal(arguments: list[str]) -> str:
    """What a command writes where standard output and error are a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tunecard", *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 65_536):
            written += piece
    except OSError:  # Linux says so when the other end is closed
        pass
    finally:
        os.close(ours)
        process.wait()
    return written.decode()


def test_progress_and_a_library_that_warns_steer_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in progress.PLAIN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with printable_streams(), shown_progress() as listener:
        assert isinstance(listener, progress.Board)
        listener.stage(f"Reading {HOSTILE}")
        listener.note(HOSTILE)
        sys.stderr.write(f"{HOSTILE}\n")  # a library that warns, while rich holds the stream
    shown = capsys.readouterr().err
    assert shown.count("owned") >= 3  # the stage, the note and the warning
    assert steers(STEERING_OF_RICH.sub("", shown)) == []


def test_rich_still_colours_what_it_shows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with printable_streams():
        console = stdout_console()
        assert isinstance(console, Console)
        console.print("plain \x1b[31m", style="bold red", markup=False)
    shown = capsys.readouterr().out
    assert "\x1b[1;31m" in shown and "\\x1b[31m" in shown


def test_predictions_are_escaped_as_json_and_read_back_the_same(tmp_path: Path) -> None:
    rows = [{"row": 0, "words": [HOSTILE, "café", "\U000e0041"]}, {"row": 1, "error": HOSTILE}]
    with (tmp_path / "out.jsonl").open("wb") as stream:
        writer = open_writer(stream, ".jsonl", {}, has_id=False)
        writer.write(rows)
        writer.close()
    text = (tmp_path / "out.jsonl").read_text()
    assert [json.loads(line) for line in text.splitlines()] == rows
    assert steers(text) == [] and "café" in text
