"""Two finished runs that many tests look at: tags on a tiny random RoBERTa, and pairs of texts on a tiny BERT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_runs import pair_rows, token_recipe, token_rows, write_splits

from little_effort import little_effort
from made_once import made_once
from rendered_once import rendering_once
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.stock.warm_parent import WarmParent, forked_from

Make = Callable[[Any, Path], RunFolder]


@pytest.fixture(autouse=True, scope="module")
def _little_effort() -> Iterator[None]:
    """A run, its verification and its forgeries draw the same pictures: each is drawn once."""
    with little_effort(), rendering_once():
        yield


@pytest.fixture(scope="session")
def small_run(one_warm_parent: WarmParent) -> Make:
    """`run` for fixtures of the session, which are made before those of a module."""

    def made(recipe: Any, folder: Path) -> RunFolder:
        with little_effort(), rendering_once(), forked_from(one_warm_parent):
            return run(recipe, out=folder)

    return made


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
    tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path], token_data: Path, small_run: Make
) -> RunFolder:
    """Two seeds, both controls, a factor."""
    recipe = token_recipe(
        tiny_base("roberta"), token_data,
        training={"epochs": 2, "train_batch_size": 8, "seed": [1, 2]},
        evaluation={"controls": ["head", "full"], "factors": ["length", "source"]},
        card={"developed_by": "A. Author", "direct_use": "Tests.", "region": "France"},
    )  # fmt: skip
    return RunFolder(made_once(tmp_path_factory, "runs/people", lambda folder: small_run(recipe, folder)))


@pytest.fixture(scope="session")
def pair_run(
    tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path], pair_data: Path, small_run: Make
) -> RunFolder:
    """One seed, a made validation split, scores on validation as GLUE papers report."""
    recipe = token_recipe(tiny_base("bert"), pair_data, evaluation={"protocol": "held-out"})
    return RunFolder(made_once(tmp_path_factory, "runs/pairs", lambda folder: small_run(recipe, folder)))
