"""A Space is written only where `push` would send, holds no path of this machine, and runs in gradio without a network."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import tunecard
from tunecard.cli import main
from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("TUNECARD_SPACE_PYTHON", ROOT / "build/space-env/bin/python"))
TRY = """
import json, os, urllib.request
import app
_, local, _ = app.demo.launch(prevent_thread_lock=True, quiet=True, app_kwargs=app.KWARGS)
from gradio_client import Client
scores, marks, trusted = Client(local, verbose=False).predict("ab <img src=x onerror=alert(1)>", "ba", api_name="/answer")
scores = scores.get("value", scores)
card = urllib.request.urlopen(local + "card")
page = urllib.request.urlopen(local).read().decode()
print(json.dumps({"scores": scores, "card": card.headers["content-security-policy"], "fonts": "fonts.googleapis" in page}))
os._exit(0)
"""


@pytest.fixture(scope="module")
def space(pair_run: RunFolder, tiny_base: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("spaces") / "space"
    line = ["export", str(pair_run.path), "--space", str(out), "--base", str(tiny_base("bert")), "--json"]
    assert main(line) == 0
    return out


def test_a_base_of_nobody_elses_goes_along_and_no_path_does(space: Path, pair_run: RunFolder) -> None:
    assert {path.name for path in space.iterdir()} == {
        "README.md", "app.py", "requirements.txt", "space.json", "adapter", "base",
    }  # fmt: skip
    weights = "adapter_model.safetensors"
    assert (space / "adapter" / weights).read_bytes() == (pair_run.path / weights).read_bytes()
    assert not (space / "adapter/predictions").exists() and not list(space.rglob("checkpoints"))
    told = json.loads((space / "space.json").read_text())
    assert told["limits"] and told["examples"] == [["A man plays the guitar.", "Somebody makes music."]]
    for path in (path for path in space.rglob("*") if path.is_file()):
        assert str(pair_run.path.parent).encode() not in path.read_bytes(), path


def test_what_is_there_stays_and_options_of_the_other_forms_are_told(
    pair_run: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="is there already"):
        tunecard.export_space(pair_run.path, tmp_path)
    line = ["export", str(pair_run.path), str(tmp_path / "x"), "--space", str(tmp_path / "y"), "--format", "onnx"]
    assert main(line) == 2 and "leave out OUT and --format" in capsys.readouterr().err
    assert main(["export", str(pair_run.path)]) == 2 and "DIR --space OUT" in capsys.readouterr().err


@pytest.mark.skipif(not PYTHON.is_file(), reason="no environment with gradio here: .ci/run makes build/space-env")
def test_gradio_runs_it_without_a_network(space: Path, pair_run: RunFolder) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(Path(tunecard.__file__).parents[1])}
    done = subprocess.run(
        [PYTHON, "-c", TRY], cwd=space, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    (own,) = tunecard.load(space / "adapter", space / "base").predict([("ab <img src=x onerror=alert(1)>", "ba")])
    shown = {one["label"]: one["confidence"] for one in told["scores"]["confidences"]}
    assert shown == pytest.approx(own["probabilities"], abs=1e-5) and told["scores"]["label"] == own["label"]
    assert "sandbox" in told["card"] and not told["fonts"]
