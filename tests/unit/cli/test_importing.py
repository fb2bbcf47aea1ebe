"""What a command imports, and that importing and leaving leave Python's own affairs as they were."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tiny_folders import text_folder
from tunecard.cli import importing
from tunecard.cli.importing import leave_quickly

# Of no use to these commands, whatever they are given.
STOCK = ["torch", "transformers", "peft", "accelerate", "datasets", "codecarbon", "cleanlab", "tensorboard"]


def imported_by(folder: Path, *arguments: str) -> set[str]:
    """The packages that a command has imported when it ends."""
    script = (
        "import json, sys\nfrom tunecard.cli import main\ncode = main(sys.argv[1:])\n"
        "print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    code, names = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(names)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("imports")
    text_folder(place / "run")
    rows = "\n".join(f"text {number},{'ab'[number % 2]}" for number in range(40))
    (place / "rows.csv").write_text(f"text,label\n{rows}\n")
    return place


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--version"], ["numpy", "pyarrow", "yaml", "matplotlib", "sklearn", "scipy", "pandas"]),
        (["init", "rows.csv", "--yes", "--out", "recipe.yaml"], ["matplotlib", "sklearn", "pandas"]),
        (["audit", "run/README.md"], ["matplotlib", "sklearn"]),
        (["verify", "run"], ["sklearn"]),
        (["card", "run"], ["sklearn"]),
    ],
    ids=lambda value: value[0] if "/" not in value[0] else None,
)
def test_a_command_imports_what_it_uses(run_folder: Path, arguments: list[str], spared: list[str]) -> None:
    assert imported_by(run_folder, *arguments) & {*STOCK, *spared} == set()


def test_no_garbage_is_looked_for_while_torch_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "HEAVY", "a library that nobody has imported")
    frozen = gc.get_freeze_count()
    try:
        with importing.importing():
            assert not gc.isenabled()
        assert gc.isenabled() and gc.get_freeze_count() > frozen
        with pytest.raises(ImportError), importing.importing():
            raise ImportError
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_a_process_that_has_torch_or_collects_nothing_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = gc.get_freeze_count()
    monkeypatch.setattr(importing, "HEAVY", "gc")
    with importing.importing():
        assert gc.isenabled()
    monkeypatch.setattr(importing, "HEAVY", "a library that nobody has imported")
    gc.disable()
    try:
        with importing.importing():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert gc.get_freeze_count() == frozen


def test_leaving_is_arranged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_quickly.cache_clear()
    arranged: list[object] = []
    monkeypatch.setattr(importing.atexit, "register", arranged.append)
    leave_quickly()
    leave_quickly()
    assert arranged == [gc.freeze]
