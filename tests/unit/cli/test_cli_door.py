"""Every way to end a command has its message and its exit code; no traceback reaches a person who did not ask."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_stand_ins import Call, FakePipeline

import tunecard.pipeline
from tunecard.cli.telling import wrapped
from tunecard.errors import DataError, DiskFull

FAULT = DataError("label 'protien' is not one of 5 labels. Did you mean 'protein'?", place="train.csv row 17")


class PanicException(BaseException):
    """What a library in Rust raises where it breaks off is no `Exception`."""


class OutOfMemoryError(RuntimeError):
    """torch's has this name."""


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (FAULT, 2, "DataError: train.csv row 17: label 'protien' is not one of 5 labels. Did you mean 'protein'?\n"),
        (DataError(["one.", "two."], place="a.csv"), 2, "DataError: 2 problems in a.csv\n  one.\n  two.\n"),
        (KeyboardInterrupt(), 3, "Interrupted: stopped before the work was done.\n"),
        (
            ModuleNotFoundError("No module named 'torch'", name="torch.nn"),
            2,
            "MachineError: this command needs torch, which is not installed. Install it: "
            "pip install 'tunecard[train]'.\n",
        ),
        (
            OutOfMemoryError("CUDA out of memory"),
            2,
            "MachineError: the memory is full. Lower training.train_batch_size or data.max_length, or use a larger "
            "machine.\n",
        ),
        (
            OSError(errno.EACCES, os.strerror(errno.EACCES), "/root/x"),
            2,
            "MachineError: /root/x: Permission denied. Choose another place, or mend its permissions or space.\n",
        ),
        (
            NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "file/out"),
            2,
            "MachineError: file/out: Not a directory. Each part of a path but the last must be a folder. Give another "
            "path.\n",
        ),
        (
            OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), "x" * 5_000),
            2,
            f"MachineError: {'x' * 200}... (5,000 characters): File name too long. Each part of a path but the last must "
            "be a folder. Give another path.\n",
        ),
        (
            PanicException("index out of bounds"),
            70,
            "Bug: PanicException: index out of bounds\nThis is a bug of tunecard 0.1.0, not of your input. Please "
            "report it with the command you typed and what TUNECARD_DEBUG=1 shows.\n",
        ),
        (
            ZeroDivisionError("division\nby zero"),
            70,
            "Bug: ZeroDivisionError: division by zero\nThis is a bug of tunecard 0.1.0, not of your input. Please "
            "report it with the command you typed and what TUNECARD_DEBUG=1 shows.\n",
        ),
    ],
)
def test_each_fault_has_its_code_and_one_message(
    call: Call, pipeline: FakePipeline, fault: BaseException, code: int, message: str
) -> None:
    pipeline.fault = fault
    said = call("quickstart")
    assert (said.code, said.out, said.err) == (code, "", message)


@pytest.mark.parametrize("fault", [ImportError("no name"), ModuleNotFoundError("x", name="typo"), OSError(5, "I/O")])
def test_what_is_not_the_machines_fault_is_a_bug(call: Call, pipeline: FakePipeline, fault: BaseException) -> None:
    pipeline.fault = fault
    assert call("quickstart").code == 70


def test_a_traceback_comes_only_when_asked_for(
    call: Call, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.fault = FAULT
    assert "Traceback" not in call("quickstart").err
    monkeypatch.setenv("TUNECARD_DEBUG", "1")
    said = call("quickstart")
    assert said.code == 2
    assert said.err.startswith("Traceback") and said.err.endswith(f"DataError: {FAULT}\n")


def test_a_terminal_gets_lines_broken_between_words() -> None:
    message = "DataError: 2 problems in a.csv\n  a long path /a/b that-is-not broken up\n  two."
    assert wrapped(message, 39) == (
        "DataError: 2 problems in a.csv\n  a long path /a/b that-is-not broken\n    up\n  two."
    )
    assert wrapped(message, 80) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rn"], "UsageError: No such command 'rn'. Did you mean 'run'? See `tunecard --help`.\n"),
        (["run"], "UsageError: Missing argument 'RECIPE'. See `tunecard run --help`. For example:\n  tunecard run rec"),
        (["verify", "x", "--jsn"], "UsageError: No such option: --jsn. Did you mean --json? See `tunecard verify"),
        (["sever"], "UsageError: No such command 'sever'"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(call: Call, arguments: list[str], message: str) -> None:
    said = call(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(message) and said.err.count("\n") == message.strip().count("\n") + 1


def test_a_reader_who_goes_away_is_no_fault(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tunecard", "run", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 128 + signal.SIGPIPE


def test_ctrl_c_in_a_process_is_told_without_traceback(tmp_path: Path) -> None:
    """`predict -` waits for standard input; here the loader that it calls waits in its place."""
    script = (
        "import signal, sys, types, time\n"
        # A shell that starts the tests in the background lets them ignore the signal.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "inference = types.ModuleType('tunecard.inference')\n"
        "def load(*_):\n    print('waiting', flush=True)\n    time.sleep(60)\n"
        "inference.load, inference.predict_stream = load, None\n"
        "sys.modules['tunecard.inference'] = inference\n"
        "from tunecard.cli import main\n"
        "sys.exit(main(['predict', 'x', '-']))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"waiting\n"
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert (process.returncode, error) == (3, b"Interrupted: stopped before the work was done.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_command_in_order(
    call: Call,
    pipeline: FakePipeline,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    number: signal.Signals,
) -> None:
    """What a command was in the middle of is cleared, as after any other fault; SIGTERM used to end it on the spot."""
    cleared: list[str] = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    handlers = [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)]

    def run(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(number)
        finally:
            cleared.append("half")

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setitem(vars(tunecard.pipeline), "run", run)
    said = call("quickstart")
    assert said.code == 3 and said.err == "Interrupted: stopped before the work was done.\n"
    assert cleared == ["half"]
    assert [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)] == handlers


def test_a_full_disk_names_what_goes_on(call: Call, pipeline: FakePipeline) -> None:
    """`quickstart` has no --resume: the same command goes on."""
    pipeline.fault = DiskFull("no space left to write a.json. Free some. Then go on with --resume.", place="out")
    said = call("quickstart")
    assert said.code == 2
    assert said.err == "DiskFull: out: no space left to write a.json. Free some. Then repeat the same command.\n"


def test_what_fails_because_of_a_stop_is_no_bug(call: Call, pipeline: FakePipeline) -> None:
    pipeline.fault = RuntimeError("the stage has not ended")
    pipeline.fault.__context__ = KeyboardInterrupt()
    assert call("quickstart").code == 3


@pytest.mark.parametrize("name", ["file/out", "x" * 5_000])
@pytest.mark.parametrize(
    "command",
    [
        ["init", "ROWS", "--yes", "--out", "PLACE"], ["verify", "PLACE"], ["card", "PLACE"], ["audit", "PLACE"],
        ["push", "PLACE", "a/b"], ["sign", "PLACE", "--key", "PLACE"], ["run", "PLACE"], ["predict", "PLACE", "ROWS"],
        ["complete", "PLACE", "--data", "ROWS"], ["evaluate", "PLACE", "--data", "ROWS"],
    ],
)  # fmt: skip
def test_a_path_through_a_file_and_a_name_too_long_are_told(
    call: Call, tmp_path: Path, command: list[str], name: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "rows.csv").write_text("text,label\na,x\nb,y\n" * 10)
    words = {"PLACE": str(tmp_path / name), "ROWS": str(tmp_path / "rows.csv")}
    said = call(*[words.get(word, word) for word in command])
    assert said.code == 2 and "Bug" not in said.err and said.err.strip()


@pytest.mark.parametrize("name", ["file/out", "x" * 5_000])
def test_an_out_that_cannot_be_is_told_before_anything_is_learned(
    call: Call, tmp_path: Path, tiny_base: Callable[[str], Path], name: str
) -> None:
    (tmp_path / "file").write_text("")
    rows = [f"the {word} {number},{label}" for number in range(20) for word, label in (("river", "x"), ("office", "y"))]
    (tmp_path / "rows.csv").write_text("\n".join(["text,label", *rows]))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"base_model: {tiny_base('bert')}\ndata:\n  source: {tmp_path / 'rows.csv'}\n")
    said = call("run", str(recipe), "--out", str(tmp_path / name))
    assert said.code == 2 and "MachineError" in said.err and "Give another path." in said.err
    assert "Training" not in said.err
