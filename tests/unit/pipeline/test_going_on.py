"""`--resume` with another recipe: every key that differs, as it was and as it is, and the lines to type."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evidence import RunFolder
from tunecard.pipeline.resuming import OtherRecipe, hold_to_recipe, keep_recipe
from tunecard.recipe import Recipe
from tunecard.verification.checkpoints import _OWN


def recipe(**changed: Any) -> Recipe:
    content: dict[str, Any] = {"data": {"source": "/home/anna/rows.csv"}, "training": {"epochs": 3}}
    return check_recipe({**content, **changed})


@pytest.fixture
def stopped(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path)
    keep_recipe(folder, recipe())
    (folder.checkpoints / "lora-seed-42" / "step-00000007").mkdir(parents=True)
    return folder


def test_the_same_recipe_goes_on_and_so_does_another_card(stopped: RunFolder) -> None:
    hold_to_recipe(stopped, recipe())
    hold_to_recipe(stopped, recipe(card={"license": "mit"}, evaluation={"factors": ["theme"]}))
    hold_to_recipe(stopped, recipe(data={"source": "elsewhere/../rows.csv"}))


def test_every_key_that_differs_is_told(stopped: RunFolder) -> None:
    other = recipe(training={"epochs": 5, "seed": [1, 2]}, adapter={"rank": 8}, evaluation={"cluster": "document"})
    with pytest.raises(OtherRecipe) as caught:
        hold_to_recipe(stopped, other)
    assert str(caught.value) == (
        f"{stopped.path}: the run that stopped here had another recipe:\n"
        '  adapter.rank was "auto", now 8\n'
        "  training.epochs was 3, now 5\n"
        "  training.seed was 42, now [1, 2]\n"
        '  evaluation.cluster was null, now "document"\n'
        "Go on with what was, or start again with --overwrite."
    )
    assert caught.value.was["training.epochs"] == 3


def test_another_method_with_other_keys(stopped: RunFolder) -> None:
    with pytest.raises(OtherRecipe, match="adapter.method was"):
        hold_to_recipe(stopped, recipe(adapter={"method": "ia3"}))


def test_before_a_first_checkpoint_any_recipe_goes_on(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    keep_recipe(folder, recipe())
    hold_to_recipe(folder, recipe(training={"epochs": 9}))
    folder.chosen_layers.write_text("{}")  # what a trial said, before the first checkpoint
    with pytest.raises(OtherRecipe):
        hold_to_recipe(folder, recipe(training={"epochs": 9}))


def test_what_an_older_version_left_is_no_hindrance(stopped: RunFolder) -> None:
    stopped.began_with.unlink()
    hold_to_recipe(stopped, recipe(training={"epochs": 9}))
    stopped.began_with.write_text("[")
    hold_to_recipe(stopped, recipe(training={"epochs": 8}))


def test_the_kept_settings_tell_nothing_of_the_machine_and_are_a_runs_own_file(stopped: RunFolder) -> None:
    assert "anna" not in stopped.began_with.read_text()
    assert _OWN.fullmatch(stopped.began_with.relative_to(stopped.checkpoints).as_posix())


def test_the_command_tells_both_lines(stopped: RunFolder, tmp_path: Path) -> None:
    from tunecard.cli.running import _with_lines

    other = recipe(training={"epochs": 5}, adapter={"rank": 8})
    with pytest.raises(OtherRecipe) as caught:
        hold_to_recipe(stopped, other)
    settings = ["training.epochs=5", "training.weight_decay=0.1"]
    said = str(_with_lines(caught.value, Path("my recipe.yaml"), settings, Path("runs/x")))
    on, anew = (shlex.split(line) for line in said.splitlines()[-2:])
    start = ["tunecard", "run", "my recipe.yaml", "--out", "runs/x"]
    assert on == [*start, "--resume", "--set", "training.weight_decay=0.1", "--set", 'adapter.rank="auto"',
                  "--set", "training.epochs=3"]  # fmt: skip
    assert anew == [*start, "--overwrite", "--set", "training.epochs=5", "--set", "training.weight_decay=0.1"]


def test_an_earlier_adapter_that_was_trained_again_is_another_start(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    keep_recipe(folder, recipe(adapter={"start_from": "runs/first"}), "a" * 64)
    (folder.checkpoints / "lora-seed-1" / "step-2").mkdir(parents=True)
    hold_to_recipe(folder, recipe(adapter={"start_from": "runs/first"}), "a" * 64)
    with pytest.raises(OtherRecipe, match=r"adapter.start_from \(sha256\) was"):
        hold_to_recipe(folder, recipe(adapter={"start_from": "runs/first"}), "b" * 64)
