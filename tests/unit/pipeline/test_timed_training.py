"""A dry run's steps are those of the run, from kept states of frozen layers too; nothing stays on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.pipeline.choosing_layers import keeping_states
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun
from tunecard.pipeline.timed_training import time_training

ROWS = 80
Prepare = Callable[..., PreparedRun]


@pytest.fixture
def prepared_run(tiny_base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepare:
    """Rows under a base of two layers; this process stands in a folder where nothing may be written."""
    data, here = tmp_path / "data", tmp_path / "here"
    data.mkdir(), here.mkdir()
    for split, rows in (("train", ROWS), ("validation", 6), ("test", 6)):
        lines = [
            {"text": f"the cat and a dog {'and ' * (row % 5)}", "label": ["no", "yes"][row % 2]} for row in range(rows)
        ]
        (data / f"{split}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    monkeypatch.chdir(here)

    def make(layers: str, **training: Any) -> PreparedRun:
        training = {"epochs": 1, "train_batch_size": 2, "precision": "fp32", **training}
        adapter = {"method": "lora", "rank": 2, "layers": layers}
        recipe = {"base_model": str(tiny_base("bert")), "data": {"source": str(data)}, "adapter": adapter}
        return prepare(Plans(check_recipe({**recipe, "training": training})))

    return make


def ticking() -> Callable[[], float]:
    """A clock that goes on by a second each time that it is asked."""
    seconds: Iterator[int] = count()
    return lambda: float(next(seconds))


@pytest.mark.parametrize("keeps", ["auto", True])
def test_steps_are_timed_from_states_of_the_rows_that_are_timed(
    prepared_run: Prepare, keeps: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tunecard.training.frozen_prefix import cache

    rows, stock = [], cache.states_below

    def seen(model: Any, batch: Any, layers: int) -> Any:
        rows.extend(batch.rows)
        return stock(model, batch, layers)

    monkeypatch.setattr(cache, "states_below", seen)
    prepared = keeping_states(prepared_run("top-1", cache_frozen_prefix=keeps), Path())
    told = time_training(prepared, "lora", ticking())
    assert told.below > 0 and told.timed_steps > 0
    assert len(rows) == len(set(rows)) < ROWS
    assert told.kept_bytes == sum(prepared.encoded["train"].lengths) * prepared.encoder.model.config.hidden_size * 4
    assert list(Path().iterdir()) == []


def test_nothing_is_kept_where_every_layer_learns(prepared_run: Prepare) -> None:
    told = time_training(keeping_states(prepared_run("all"), Path()), "lora", ticking())
    assert told.below == 0 and told.kept_bytes == 0
