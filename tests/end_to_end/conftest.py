"""Two finished runs that many tests look at: tags on a tiny random RoBERTa, and pairs of texts on a tiny BERT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_runs import pair_rows, token_recipe, token_rows, write_splits

from made_once import made_once
from tunecard.evidence import RunFolder
from tunecard.pipeline import run


@pytest.fixture(scope="session")
def token_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sizes = {"train": 48, "validation": 16, "test": 24}
    return made_once(tmp_path_factory, "data/people", lambda folder: write_splits(folder, token_rows, sizes))


@pytest.fixture(scope="session")
def pair_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sizes = {"train": 80, "test": 24}
    return made_once(tmp_path_factory, "data/pairs", lambda folder: write_splits(folder, pair_rows, sizes))


@pytest.fixture(scope="session")
def token_run(
    tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path], token_data: Path
) -> RunFolder:
    """Two seeds, both controls, a factor."""
    recipe = token_recipe(
        tiny_base("roberta"), token_data,
        training={"epochs": 2, "train_batch_size": 8, "seed": [1, 2]},
        evaluation={"controls": ["head", "full"], "factors": ["length", "source"]},
        card={"developed_by": "A. Author", "direct_use": "Tests.", "region": "France"},
    )  # fmt: skip
    return RunFolder(made_once(tmp_path_factory, "runs/people", lambda folder: run(recipe, out=folder)))


@pytest.fixture(scope="session")
def pair_run(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path], pair_data: Path) -> RunFolder:
    """One seed, a made validation split, scores on validation as GLUE papers report."""
    recipe = token_recipe(tiny_base("bert"), pair_data, evaluation={"protocol": "held-out"})
    return RunFolder(made_once(tmp_path_factory, "runs/pairs", lambda folder: run(recipe, out=folder)))
