"""`adapter.layers: top-N` from rows to card: what was asked is recorded, told, verified, and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import token_recipe, token_rows, write_splits

from made_once import made_once
from tunecard.errors import Interrupted
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> RunFolder:
    """Stopped after its first epoch and gone on with."""
    sizes = {"train": 40, "validation": 52, "test": 20}
    data = made_once(tmp_path_factory, "data/layers", lambda folder: write_splits(folder, token_rows, sizes))
    recipe = token_recipe(
        tiny_base("bert"), data, adapter={"rank": 4, "layers": "top-1"}, evaluation={"probes": ["update-sizes"]}
    )

    def stop(record: Any, epochs: int) -> None:
        raise Interrupted("enough")

    def make(folder: Path) -> Any:
        with pytest.raises(Interrupted):
            run(recipe, out=folder, after_epoch=stop)
        return run(recipe, out=folder, resume=True)

    return RunFolder(made_once(tmp_path_factory, "runs/layers", make))


def test_what_was_chosen_is_recorded_and_told(chosen: RunFolder) -> None:
    findings, card = chosen.read_findings(), chosen.card.read_text()
    assert findings.value("adapter.layers") == "top-1"
    assert findings.value("adapter.switches") == {"layers_to_transform": [1]}
    assert "the lowest 1 layers run once" in findings.value("training.path")
    assert "Adapters are in the top layers only, [top-1]" in card


def test_the_recipe_says_what_was_chosen_and_the_folder_is_consistent(chosen: RunFolder) -> None:
    recipe = chosen.recipe.read_text()
    assert "layers: top-1" in recipe
    assert "cache_frozen_prefix: true" in recipe
    failed = [check for check in verify(chosen.path).checks if check.ok is False]
    assert failed == []


def test_another_number_of_layers_is_seen(chosen: RunFolder, tmp_path: Path) -> None:
    import shutil

    copy = RunFolder(Path(shutil.copytree(chosen.path, tmp_path / "copy")))
    copy.recipe.write_text(copy.recipe.read_text().replace("layers: top-1", "layers: all"))
    told = [check.detail for check in verify(copy.path).checks if check.name == "settings"]
    assert any("adapter.layers is 'top-1', recipe.yaml says all" in detail for detail in told)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> tuple[RunFolder, RunFolder]:
    """Layers by a trial that is worth any price here, and a run whose recipe names what was chosen."""
    from tunecard.pipeline import layer_trial

    sizes = {"train": 40, "validation": 52, "test": 20}
    data = made_once(tmp_path_factory, "data/layers", lambda folder: write_splits(folder, token_rows, sizes))

    def make(folder: Path, layers: str) -> RunFolder:
        adapter = {"rank": 4, "layers": layers}
        recipe = token_recipe(tiny_base("bert"), data, adapter=adapter, evaluation={"probes": ["update-sizes"]})
        return run(recipe, out=folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layer_trial, "MOST_SHARE", 1e9)
        patch.setattr(layer_trial, "STEPS", 2)
        auto = RunFolder(made_once(tmp_path_factory, "runs/layers-auto", lambda folder: make(folder, "auto")))
    layers = auto.read_findings().value("adapter.layers_tried")["chosen"]
    named = made_once(tmp_path_factory, "runs/layers-named", lambda folder: make(folder, layers))
    return auto, RunFolder(named)


def test_a_trial_is_recorded_told_and_consistent(tried: tuple[RunFolder, RunFolder]) -> None:
    auto, _ = tried
    found = auto.read_findings().value("adapter.layers_tried")
    assert found["layers"] == "top-1" and found["steps"] == 2 and found["held"] == 52
    assert f"layers: {found['chosen']}" in auto.recipe.read_text()
    assert "Adapters in [top-1]" in auto.card.read_text()
    assert [check for check in verify(auto.path).checks if check.ok is False] == []


def test_a_trial_leaves_no_mark_on_the_training(tried: tuple[RunFolder, RunFolder]) -> None:
    auto, named = tried
    assert auto.adapter_weights.read_bytes() == named.adapter_weights.read_bytes()


def test_another_choice_than_the_trial_s_is_seen(tried: tuple[RunFolder, RunFolder], tmp_path: Path) -> None:
    import shutil

    copy = RunFolder(Path(shutil.copytree(tried[0].path, tmp_path / "copy")))
    text = copy.evidence.read_text()
    was = copy.read_findings().value("adapter.layers_tried")["chosen"]
    copy.evidence.write_text(text.replace(f'"chosen": "{was}"', f'"chosen": "{"all" if was != "all" else "top-1"}"'))
    problems = [check.detail for check in verify(copy.path).checks if check.ok is False]
    assert any("adapter.layers_tried chose" in problem for problem in problems)
