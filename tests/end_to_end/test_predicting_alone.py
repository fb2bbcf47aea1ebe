"""`tunecard predict` imports what predicting takes: no judge, no card, nothing that draws or fits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tunecard.evidence import RunFolder

SPARED = [
    "matplotlib", "sklearn", "datasets", "codecarbon", "cleanlab", "pandas", "markdown_it", "cryptography",
    "tunecard.verification", "tunecard.card", "tunecard.auditing", "tunecard.evaluation", "tunecard.training",
    "tunecard.pipeline", "tunecard.examination",
]  # fmt: skip
SCRIPT = """
import json, sys
from tunecard.cli import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def test_predicting_imports_neither_judges_nor_cards(
    pair_run: RunFolder, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,text_pair\na bird,a plane\nrain,rain again\n")
    command = [sys.executable, "-c", SCRIPT, "predict", str(pair_run.path), str(rows), "--column", "text=text"]
    command += ["--column", "text_pair=text_pair", "--base", str(tiny_base("bert"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *said, told = done.stderr.splitlines()
    code, imported = json.loads(told)
    assert code == 0 and len(done.stdout.splitlines()) == 2, said
    assert [name for name in SPARED if name in imported] == []
    assert {"torch", "transformers", "peft"} <= set(imported)  # else this asks nothing
