"""A sweep trains each combination once, compares on validation alone, and says which of them to take."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from small_runs import token_recipe

import tunecard
from tunecard.cli import main
from tunecard.errors import RecipeError, RunFolderError
from tunecard.evidence import RunFolder
from tunecard.sweeping import Sweep

pytestmark = pytest.mark.usefixtures("warm_processes")
OVER = {"adapter.rank": [2, 8]}


@pytest.fixture(scope="module")
def recipe(tiny_base: Callable[[str], Path], token_data: Path) -> dict[str, object]:
    return token_recipe(tiny_base("bert"), token_data).model_dump(mode="json", exclude_unset=True)


@pytest.fixture(scope="module")
def swept(recipe: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return tunecard.sweep(recipe, OVER, out=tmp_path_factory.mktemp("swept") / "out")


def test_no_trial_reads_the_test_rows_and_the_table_is_theirs(swept: Sweep) -> None:
    names = {"rank=2", "rank=8"}
    assert {one.path.name for one in swept.trials} == names
    for one in swept.trials:
        findings = RunFolder(one.path).read_findings()
        assert not findings.under("data.test") and not findings.under("results.test")
        assert [split for split, _, _ in RunFolder(one.path).prediction_files()].count("test") == 0
        assert one.parameters == findings.value("model.trainable_parameters")
        assert one.score.value == pytest.approx(findings.value("results.validation.f1"))
    first, second = swept.settings
    assert first.score.value >= second.score.value
    assert second.behind.paired.value == pytest.approx(second.score.value - first.score.value)
    assert swept.recommended.path.name == ("rank=2" if second.is_level else first.path.name)
    with (swept.path / "sweep.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert [row["folder"] for row in rows] == [one.path.name for one in swept.settings]
    page = (swept.path / "SWEEP.md").read_text()
    assert "Take `adapter.rank=" in page and (swept.path / "sweep.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_trained_is_not_trained_again(swept: Sweep, recipe: dict[str, object]) -> None:
    written = {one.path: (one.path / "evidence.json").stat().st_mtime_ns for one in swept.trials}
    with pytest.raises(RunFolderError, match="Use --resume"):
        tunecard.sweep(recipe, OVER, out=swept.path)
    again = tunecard.sweep(recipe, OVER, out=swept.path, resume=True)
    assert {one.path: (one.path / "evidence.json").stat().st_mtime_ns for one in again.trials} == written


def test_a_combination_that_cannot_be_is_told_before_anything_is_trained(
    recipe: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="rank"):
        tunecard.sweep(recipe, {"adapter.rank": [2, -1]}, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_prints_one_object(
    swept: Sweep, recipe: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    line = ["sweep", str(tmp_path / "recipe.yaml"), "--over", "adapter.rank=2,8", "--out", str(swept.path), "--resume"]
    assert main([*line, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["best"] == swept.best.path.name and len(told["trials"]) == 2 and told["metric"] == "f1"
    assert main(line) == 0
    assert "tunecard run" in capsys.readouterr().out


def test_what_trials_share_changes_nothing_of_them(swept: Sweep, recipe: dict[str, object], tmp_path: Path) -> None:
    """The second trial of the sweep took rows, vectors and baselines from the first; alone it makes all of them."""
    second = swept.path / "rank=8"
    alone = tunecard.sweep(recipe, {"adapter.rank": [8, 2]}, out=tmp_path / "out").path / "rank=8"
    for name in (
        "adapter_model.safetensors",
        *(f"predictions/{file.name}" for file in (second / "predictions").iterdir()),
    ):
        assert (second / name).read_bytes() == (alone / name).read_bytes(), name
