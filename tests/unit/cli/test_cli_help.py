"""Help lists what there is and nothing else, fast and without torch."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
from cli_stand_ins import Call

COMMANDS = [
    "quickstart",
    "init",
    "run",
    "sweep",
    "complete",
    "evaluate",
    "examine",
    "card",
    "verify",
    "compare",
    "sign",
    "audit",
    "predict",
    "serve",
    "export",
    "push",
    "recipes",
    "methods",
    "doctor",
]
HEAVY = ["torch", "transformers", "peft", "accelerate", "datasets", "numpy", "matplotlib", "sklearn", "pydantic"]
WIDTH = 80


def test_help_lists_exactly_the_commands(call: Call) -> None:
    said = call("--help")
    assert said.code == 0 and said.err == ""
    assert re.findall(r"^  ([a-z]+) ", said.out.partition("Commands:")[2], re.MULTILINE) == COMMANDS
    assert call().out == said.out


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_reads_at_80_columns(call: Call, command: str) -> None:
    said = call(*[command] if command else [], "--help")
    assert said.code == 0
    assert max(len(line) for line in said.out.splitlines()) <= WIDTH
    assert "..." not in re.sub(r"\[ARGS\]\.\.\.|\{(PATH|DIR)\}\.\.\.", "", said.out)  # no line is cut


def test_every_option_has_a_word_of_help(call: Call) -> None:
    for command in COMMANDS:
        options = call(command, "--help").out.partition("Options:")[2]
        assert not re.search(r"^  --\S+( [A-Z=]+)?$(?!\n {10})", options, re.MULTILINE), command


def test_version(call: Call) -> None:
    said = call("--version")
    assert (said.code, said.out, said.err) == (0, "tunecard 0.1.0\n", "")


@pytest.mark.parametrize(
    "statement", ["import tunecard", "import tunecard.cli", "from tunecard.cli import main; main(['--help'])"]
)
def test_nothing_heavy_is_imported_before_it_is_needed(statement: str) -> None:
    script = f"{statement}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_help_takes_at_most_40_times_a_bare_python() -> None:
    """The promise is a ratio, so that a busy machine slows both; the best of several counts."""
    bare = min(_seconds("-c", "pass") for _ in range(5))
    helped = min(_seconds("-m", "tunecard", "--help") for _ in range(3))
    assert helped < 40 * bare


def _seconds(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
