"""Shipped recipes against a Hub that holds data sets and a base of the same shape: read by the real download code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tunecard
from recipes_hub import GLUE, MAIN, SIZES, RecipesHub, commit_of

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).with_name("hub_recipes.py")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Any:
    stand_in = RecipesHub(tmp_path_factory.mktemp("wide"))
    yield stand_in
    stand_in.close()


@pytest.fixture(scope="module")
def told(hub: RecipesHub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    here = tmp_path_factory.mktemp("recipes")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "PYTEST"))}
    own = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(here / "hf"), "HF_HUB_DISABLE_XET": "1",
           "PYTHONPATH": str(Path(tunecard.__file__).parents[1])}  # fmt: skip
    done = subprocess.run(
        [sys.executable, SCRIPT], cwd=here, env=kept | own, capture_output=True, text=True, check=False, timeout=560
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads((here / "told.json").read_text()))


def test_rows_and_labels_are_those_of_the_data_set(told: dict[str, Any], hub: RecipesHub) -> None:
    read = told["read"]
    for task, (_, names) in GLUE.items():
        # Those that divide validation anew have a test split.
        one = next(found for name, found in read.items() if name.endswith(f"-{task}") and "test" not in found["rows"])
        assert one["rows"] == {"train": SIZES["train"], "validation": SIZES["validation"]}, task
        assert one["labels"] == (names or ["label"])
        assert one["revision"] == commit_of(hub.repos["datasets/nyu-mll/glue"][MAIN])
    for name in ("peft-guide-bionlp2004", "conll2003-lora", "wnut17-lora", "ncbi-disease-lora"):
        assert read[name]["rows"] == SIZES and read[name]["labels"][0] == "O"
    assert read["lora-stsb"]["start"] == "weights"


def test_those_that_were_trained_are_verified(told: dict[str, Any]) -> None:
    assert {name: one["faults"] for name, one in told["trained"].items()} == {name: [] for name in told["trained"]}


def test_their_cards_say_what_is_set_beside_what(told: dict[str, Any]) -> None:
    cards = {name: " ".join(one["card"].split()) for name, one in told["trained"].items()}
    assert "lora-mnli" in cards["lora-rte"] and "nyu-mll/glue" in cards["lora-rte"]
    assert "0.8158" in cards["peft-guide-bionlp2004"] and "0.7513" in cards["peft-guide-bionlp2004"]
    for card in cards.values():
        assert "no proof that both are equal" in card


def test_a_dry_run_says_how_long_it_takes(told: dict[str, Any]) -> None:
    low, high = told["seconds"]
    assert 0 < low <= high
