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
