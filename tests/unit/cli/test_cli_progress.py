"""Progress: lines where nobody watches, a moving line at a terminal, and nothing left of it afterwards."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from tunecard.cli import progress
from tunecard.cli.progress import counted_rows, epoch_line, shown_progress

RECORD = SimpleNamespace(epoch=3, step=9, train_loss=0.51234, validation_loss=0.4, validation_metric=0.61249)


def test_an_epoch_in_a_line() -> None:
    line = epoch_line(RECORD, 12, "f1")  # type: ignore[arg-type]
    assert line == "  epoch  3 of 12   loss 0.512   validation loss 0.400   f1 0.612"


def use(listener: progress.Lines) -> None:
    listener.stage("Training [lora]")
    for done in range(1, 4):
        listener.step(done, 3, 0.5)
    listener.epoch(RECORD, 12, "macro_f1")  # type: ignore[arg-type]
    listener.note("the head starts from a probe")
    listener.stage("Writing the card")


def test_without_a_terminal_a_line_a_stage_an_epoch_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress() as listener:
        use(listener)  # type: ignore[arg-type]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "Training [lora]\n"
        "  epoch  3 of 12   loss 0.512   validation loss 0.400   macro_f1 0.612\n"
        "  the head starts from a probe\n"
        "Writing the card\n"
    )


def test_a_terminal_sees_steps_move(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(progress, "stderr_console", lambda: console)
    with shown_progress() as listener:
        listener.stage("Training")
        listener.step(2, 40, 0.5)
        listener._progress.refresh()  # type: ignore[attr-defined]
    shown = stream.getvalue()
    assert "step 2 of 40  loss 0.500" in shown
    assert shown.index("Training") < shown.index("step 2 of 40")
    assert shown.endswith("\x1b[2K")  # the moving line is gone


def test_rows_are_counted_only_where_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    with counted_rows(shown=True) as count:
        assert count is None  # the tests' stderr is no terminal
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with counted_rows(shown=False) as count:
        assert count is None
