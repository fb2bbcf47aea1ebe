"""`torchrun -m tunecard run`: what one process learns, learned by two; and a rank that is killed on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_runs import token_rows, write_splits

from little_effort import little_effort
from tunecard.adapters.methods.recipes import read_recipe
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")

PATIENCE = 300
SCRIPT = Path(__file__).with_name("dying_rank.py")
RECIPE = """
base_model: base
device: cpu
data: {source: data, max_length: 32}
quality: fast
adapter: {rank: 4, dropout: 0.0}
training: {epochs: 2, train_batch_size: 8}
evaluation: {probes: []}
"""
DROPOUT = ("hidden_dropout_prob", "attention_probs_dropout_prob")


@pytest.fixture
def place(tmp_path: Path, tiny_base: Callable[[str], Path]) -> Path:
    """A folder with a base that drops nothing, 41 rows (the last batch has one) and a recipe."""
    shutil.copytree(tiny_base("roberta"), tmp_path / "base")
    config = json.loads((tmp_path / "base/config.json").read_text())
    (tmp_path / "base/config.json").write_text(json.dumps({**config, **dict.fromkeys(DROPOUT, 0.0)}))
    write_splits(tmp_path / "data", token_rows, {"train": 41, "validation": 19, "test": 17})
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path


def launch(place: Path, rank: int, step: int, *more: str) -> subprocess.CompletedProcess[str]:
    """Two processes by torchrun, of which one may die."""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        str(SCRIPT), str(rank), str(step), "run", "recipe.yaml", "--out", "two", *more,
    ]  # fmt: skip
    paths = [str(SCRIPT.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_two_processes_by_torchrun_end_where_one_does_though_one_was_killed(place: Path) -> None:
    killed = launch(place, 1, 8)
    assert killed.returncode == 1  # torchrun's own, whatever ended
    assert (
        "Interrupted: rank 1 of 2 gives no sign of life any more: it was ended, or its machine cannot be reached. The "
        "state after step 8 of 12 is saved. Go on with:\n  tunecard run recipe.yaml --out two --resume"
    ) in killed.stderr
    assert not RunFolder(place / "two").card.exists()
    ended = launch(place, -1, 0, "--resume")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("Made two:") == 1
    assert ended.stderr.count("Writing the card") == 1
    with little_effort():
        alone = run(read_recipe(place / "recipe.yaml"), out=place / "one", base_folder=place)
    one, two = alone.read_findings(), RunFolder(place / "two").read_findings()
    for line, other in zip(one.value("training.curve"), two.value("training.curve"), strict=True):
        assert other == pytest.approx(line, abs=1e-5)
    assert two.value("results.test.f1") == one.value("results.test.f1")
    assert one.get("training.ranks") is None
    assert two.value("training.ranks") == 2
    shares = two.value("training.rank_shares")
    assert [share["rank"] for share in shares] == [0, 1]
    assert sum(share["tokens"] for share in shares) == one.get("training.tokens_per_second").n
    report = verify(place / "two")
    assert report.ok, [check for check in report.checks if check.ok is False]
    assert "trained by [2]" in RunFolder(place / "two").card.read_text()
