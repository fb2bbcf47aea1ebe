"""What the package alone promises, where nothing of the extra `train` is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tiny_folders import text_folder
from tunecard.cli.door import EXTRAS
from waiting_lines import without_waiting

SCRIPT = f"""
import sys
for name in {sorted(set.union(*EXTRAS.values()))}:
    sys.modules[name] = None  # as if it were not installed
from tunecard.cli import main
for words in sys.argv[1].split(";"):  # importing takes longer than all that is asked
    sys.stderr.write(f"{{main(words.split(','))}} {{words.split(',')[0]}}\\n")
"""
COMMANDS = ("verify", "audit", "card", "card,--confirm")


def ask(*commands: str) -> subprocess.CompletedProcess[str]:
    """One process that does one after the other; its standard error ends each with the exit code."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, ";".join(commands)], capture_output=True, text=True, check=False
    )


def test_a_folder_is_verified_audited_and_rendered_again_without_the_extra(tmp_path: Path) -> None:
    folder = text_folder(tmp_path / "run").folder
    done = ask(*(f"{command},{folder.path}" for command in COMMANDS))
    assert without_waiting(done.stderr).splitlines() == ["0 verify", "0 audit", "0 card", "0 card"]


def test_training_names_the_extra(tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("text,label\n" + "good,a\nbad,b\n" * 20)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("data: {source: rows.csv}\n")
    done = ask(f"run,{recipe},--out,{tmp_path / 'out'}")
    assert done.stderr.endswith("2 run\n") and "pip install 'tunecard[train]'" in done.stderr
