"""Progress: plain lines where nobody watches, lines that move at a terminal, and nothing left of them afterwards."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import tunecard
from tunecard.cli import progress
from tunecard.cli.board import Board, bar_of
from tunecard.cli.counts import Ongoing, moving_line
from tunecard.cli.lines import Lines, epoch_line
from tunecard.cli.progress import shown_progress
from tunecard.cli.rows_ahead import RowsAhead
from tunecard.counted import counted, each, one_of, watched_by

RECORD: Any = SimpleNamespace(epoch=3, step=9, train_loss=0.51234, validation_loss=0.4, validation_metric=0.61249)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def plain(width: int = 80) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, width=width, highlight=False), stream


def frame(board: Board, width: int = 80) -> list[str]:
    return list(board.moving_lines(width, bar_of("utf-8")))


def test_an_epoch_in_a_line() -> None:
    assert epoch_line(RECORD, 12, "f1") == "  epoch  3 of 12   loss 0.512   validation loss 0.400   f1 0.612"


def a_run(listener: Lines, clock: Clock) -> None:
    """Three stages: a short one, one with epochs and a long count, one whose count is over at once."""
    listener.stage("Reading data and base")
    clock.wait(1.5)
    listener.stage("Training [lora]")
    listener.note("the head starts from a probe")
    with counted("Steps", 90) as steps:
        for _ in range(90):
            clock.wait(1.0)
            steps.advance()
            steps.tell("seed 1")
    listener.epoch(RECORD, 12, "macro_f1")
    listener.stage("Writing the card")
    with counted("Drawing pictures", 2, "pictures") as pictures:
        pictures.advance(2)
    clock.wait(0.25)
    listener.end_stage()


def test_lines_tell_each_stage_with_its_seconds_and_long_ones_in_between(clock: Clock) -> None:
    console, stream = plain()
    listener = Lines(console, clock)
    with watched_by(listener):
        a_run(listener, clock)
    assert stream.getvalue().splitlines() == [
        "Reading data and base                                       1.5 s",
        "Training [lora]",
        "  the head starts from a probe",
        "  Steps: 20 of 90, 1:10 to go, seed 1",
        "  Steps: 40 of 90, 0:50 to go, seed 1",
        "  Steps: 60 of 90, 0:30 to go, seed 1",
        "  Steps: 80 of 90, 0:10 to go, seed 1",
        "  Steps: 90                                                 1:30",
        "  epoch  3 of 12   loss 0.512   validation loss 0.400   macro_f1 0.612",
        "  in all                                                    1:30",
        "Writing the card                                            0.2 s",
    ]


def test_lines_hold_no_control_characters(clock: Clock) -> None:
    console, stream = plain()
    with watched_by(listener := Lines(console, clock)):
        a_run(listener, clock)
    assert stream.getvalue().replace("\n", "").isprintable()


def test_a_count_within_a_count_gets_no_line_of_its_own(clock: Clock) -> None:
    console, stream = plain()
    with watched_by(Lines(console, clock)), counted("Steps", 2, "steps") as steps:
        for name in ("files", "scores"):
            with one_of(steps, name), counted("Validating", 10, "rows"):
                clock.wait(5)
    assert stream.getvalue().split("  ")[0] == "Steps: 2 steps"
    assert "Validating" not in stream.getvalue()


def test_what_breaks_is_told_as_broken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), shown_progress() as listener:
        listener.stage("Reading")
        with counted("Checking rows", 10, "rows"):
            raise ValueError("no")
    assert capsys.readouterr().err.split()[:3] == ["Reading", "ended", "after"]


def test_a_bar_reaches_its_end_and_none_is_left(clock: Clock) -> None:
    board, shares = Board(plain()[0], clock), []
    with watched_by(board):
        board.stage("Training lora, seed 1")
        for _ in each(range(4), "Steps", "steps"):
            clock.wait(2.0)
            shares.append(frame(board)[1].count("█"))
        assert [line.split()[1:3] for line in frame(board)] == [["Training", "lora,"]]  # the stage alone
        with counted("Predicting", 100, "rows") as rows:
            clock.wait(1)
            rows.advance(100)
            assert "100 of 100 rows" in frame(board)[1]
            assert "░" not in frame(board)[1]
    assert shares == [0, 6, 12, 18]
    assert len(frame(board)) == 1
    board.end_stage()
    assert frame(board) == []


def test_a_count_that_breaks_leaves_no_bar(clock: Clock) -> None:
    board = Board(plain()[0], clock)
    with watched_by(board), pytest.raises(KeyboardInterrupt), counted("Outer", 3, "x"), counted("Inner", 3, "y"):
        clock.wait(1)
        assert len(frame(board)) == 2
        raise KeyboardInterrupt
    assert frame(board) == []


def test_what_is_over_at_once_is_not_drawn(clock: Clock) -> None:
    board = Board(plain()[0], clock)
    with watched_by(board), counted("Checking rows", 10, "rows"):
        clock.wait(0.2)
        assert frame(board) == []
        clock.wait(0.2)
        assert len(frame(board)) == 1


def test_the_time_to_go_is_of_the_pace_of_late_and_hidden_at_first(clock: Clock) -> None:
    work = Ongoing("Steps", 1_000, "steps", clock, lambda work, now: None)
    clock.wait(0.5)
    work.advance(50)
    assert work.seconds_to_go(clock()) is None
    for _ in range(60):  # ten a second from now on
        clock.wait(1.0)
        work.advance(10)
    assert work.seconds_to_go(clock()) == pytest.approx((1_000 - 650) / 10)
    assert "0:35 to go" in moving_line(work, clock(), 80, bar_of("ascii"))


def test_a_resumed_count_is_not_taken_for_a_fast_one(clock: Clock) -> None:
    work = Ongoing("Steps", 100, "", clock, lambda work, now: None, done=50)
    clock.wait(5.0)
    work.advance(5)
    assert work.seconds_to_go(clock()) == pytest.approx(45.0)


def test_nobody_knows_how_much_there_is(clock: Clock) -> None:
    work = Ongoing("Loading stock PEFT, in a fresh process", None, "", clock, lambda work, now: None)
    clock.wait(8)
    assert moving_line(work, clock(), 80, bar_of("utf-8")) == "Loading stock PEFT, in a fresh process  0:08 so far"


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_every_line_fits_its_width(clock: Clock, width: int) -> None:
    board = Board(plain()[0], clock)
    with watched_by(board):
        board.stage("Training lora at rate 0.0005, seeds 0, 1, 2, and then some more of them, which takes a while")
        with counted("Steps", 123_456) as steps, counted("Validating", 98_765, "rows") as rows:
            clock.wait(1.5)
            steps.advance(61_728)
            steps.tell("seed 2 of 3 (seed 1), epoch 3 of 10, loss 0.123")
            rows.advance(10)
            lines = frame(board, width)
    assert len(lines) == 3
    assert max(map(len, lines)) < width
    assert "61,728 of 123,456" in lines[1]
    assert lines[1].rstrip().endswith("to go") or "to go  seed 2" in lines[1]
    assert ("█" in lines[1]) == (width >= 60)
    assert ("loss 0.123" in lines[1]) == (width >= 120)


def test_a_terminal_without_unicode_gets_signs_of_ascii() -> None:
    assert bar_of("ascii")(0.5, 12) == "[#####-----]"
    assert bar_of("utf-8")(0.5, 12) == "██████░░░░░░"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system=None)
    for name in progress.PLAIN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(progress, "stderr_console", lambda: console)
    return stream


def test_a_terminal_sees_work_move_and_keeps_the_lines(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunecard.cli.board.SHOWN_AFTER_SECONDS", 0.0)
    from rich.live import Live

    drawn: list[Live] = []
    start = Live.start
    monkeypatch.setattr(Live, "start", lambda live, refresh=False: (drawn.append(live), start(live, refresh))[1])
    with shown_progress() as listener:
        listener.stage("Training")
        with counted("Steps", 40, "steps") as steps:
            steps.advance(2)
            drawn[0].refresh()
        listener.stage("Writing the card")
    shown = terminal.getvalue()
    assert "2 of 40 steps" in shown
    assert shown.index("2 of 40 steps") < shown.rindex("Training  ")
    assert shown.endswith(
        ("\x1b[2K\x1b[?25h\r", "\x1b[2K", "0.0 s\n\x1b[?25h")
    )  # the moving lines are gone, the cursor is back
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


def test_an_interrupted_terminal_is_left_clean(terminal: io.StringIO) -> None:
    with pytest.raises(KeyboardInterrupt), shown_progress() as listener:
        listener.stage("Training")
        with counted("Steps", 40, "steps"):
            raise KeyboardInterrupt
    shown = terminal.getvalue()
    assert "ended after" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "unknown")])
def test_lines_where_a_terminal_wants_nothing_to_move(
    terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with shown_progress() as listener:
        assert not isinstance(listener, Board)
        listener.stage("Reading")
    assert "\x1b" not in terminal.getvalue()


def test_lines_beside_json(terminal: io.StringIO) -> None:
    with shown_progress(as_lines=True) as listener:
        assert type(listener) is Lines


def test_nothing_is_counted_for_nobody() -> None:
    with counted("Reading", 3, "rows") as count:
        count.tell("one")
        count.advance()
    assert list(each("abc", "Reading", "letters")) == ["a", "b", "c"]


def test_a_listener_of_before_hears_no_counts() -> None:
    with watched_by(SimpleNamespace(stage=print)), counted("Reading", 3, "rows") as count:
        count.advance()


def test_each_counts_what_has_no_length() -> None:
    console, _ = plain()
    with watched_by(listener := Lines(console)):
        rows = each((row for row in range(3)), "Reading", "rows")
        assert next(rows) == 0
        assert listener._counts[0].total is None
        assert list(rows) == [1, 2]
    assert listener._counts == []


def test_standard_output_of_a_file_is_not_drawn_over(terminal: io.StringIO) -> None:
    before = sys.stdout  # the tests' stdout is no terminal
    with shown_progress():
        assert getattr(sys.stdout, "behind", sys.stdout) is before


def test_rows_of_a_window_are_counted_as_they_are_predicted(clock: Clock) -> None:
    board, told = Board(plain()[0], clock), []
    with watched_by(board), counted("Predicting", 5, "rows") as count, watched_by(ahead := RowsAhead(count, 5)):
        clock.wait(1)
        for rows, pieces in ((3, [2, 1]), (2, [2, 2])):  # a row of the second window is read in two pieces
            with counted("Predicting", sum(pieces), "rows") as window, counted("Compiling kernels"):
                for piece in pieces:
                    window.advance(piece)
                    told.append([line.split("  ")[2] for line in frame(board)])
            ahead.settle(rows)
    assert told == [["2 of 5 rows"], ["3 of 5 rows"], ["5 of 5 rows"], ["5 of 5 rows"]]
    assert count.done == 5  # type: ignore[attr-defined]


def test_a_notebook_gets_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """rich takes a kernel for a place of HTML; the kernel's stream takes lines as a pipe does."""
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    with tunecard.shown_progress() as listener:
        assert type(listener) is Lines
        listener.stage("Reading")
    assert capsys.readouterr().err.startswith(f"{'Reading':<58}  0.")
