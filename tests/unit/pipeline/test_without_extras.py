"""What the package alone promises, where nothing of the extra `train` is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tiny_folders import text_folder
from tunecard.cli.door import EXTRAS

SCRIPT = f"""
import sys
for name in {sorted(set.union(*EXTRAS.values()))}:
    sys.modules[name] = None  # as if it were not installed
from tunecard.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("command", [["verify"], ["audit"], ["card"], ["card", "--confirm"]])
def test_a_folder_is_verified_audited_and_rendered_again_without_the_extra(tmp_path: Path, command: list[str]) -> None:
    folder = text_folder(tmp_path / "run").folder
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command, str(folder.path)], capture_output=True, text=True, check=False
    )
    slow = re.compile(r"\S.* {2,}\d+\.\d s")  # a stage that a busy machine takes seconds for is told
    assert (done.returncode, [line for line in done.stderr.splitlines() if not slow.fullmatch(line)]) == (0, [])


def test_training_names_the_extra(tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("text,label\n" + "good,a\nbad,b\n" * 20)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("data: {source: rows.csv}\n")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "run", str(recipe), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "pip install 'tunecard[train]'" in done.stderr
