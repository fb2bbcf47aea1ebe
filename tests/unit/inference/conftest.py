"""Loaded adapters on tiny bases, one of each kind for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tiny_adapters import make_adapter
from tunecard.inference import Predictor, load

GetPredictor = Callable[[str, str], Predictor]


@pytest.fixture(scope="session")
def predictor(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> GetPredictor:
    """A function (architecture, "tokens", "texts" or "pairs") to a loaded adapter; each is made and loaded once."""
    made: dict[tuple[str, str], Predictor] = {}

    def get(architecture: str, what: str) -> Predictor:
        if (architecture, what) not in made:
            task = "token-classification" if what == "tokens" else "text-classification"
            evidence = {} if what == "tokens" else {"task.is_pair": what == "pairs"}
            base = tiny_base(architecture)
            run = make_adapter(tmp_path_factory.mktemp("run"), base, task, evidence=evidence)
            made[architecture, what] = load(run.path, base=base)
        return made[architecture, what]

    return get
