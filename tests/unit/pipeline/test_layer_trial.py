"""Fewer layers by a short trial: when one is made, what it decides, and what is remembered of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evidence import RunFolder
from tunecard.pipeline import layer_trial as subject
from tunecard.pipeline.layer_trial import Work, with_chosen_layers
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.progress import SILENCE
from tunecard.training.trial import Trial

Make = Callable[..., RunContext]
HELD = 60


@pytest.fixture
def context(tiny_base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A run before its first step, for which any trial is worth its price."""
    monkeypatch.setattr(subject, "MOST_SHARE", 1e9)
    for split, count in (("train", 30), ("validation", HELD), ("test", 6)):
        rows = [{"text": f"the cat {row} and a dog", "label": ["no", "yes"][row % 2]} for row in range(count)]
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def make(adapter: Any = None, training: Any = None, **given: Any) -> RunContext:
        recipe = {
            "base_model": str(tiny_base("bert")), "data": {"source": str(tmp_path)},
            "adapter": {"method": "lora", "rank": 2, "layers": "auto", **(adapter or {})},
            "training": {"epochs": 2, "train_batch_size": 4, "precision": "fp32", "warm_start": "none", **(training or {})},
        }  # fmt: skip
        return RunContext(prepare(Plans(check_recipe(recipe))), RunFolder(tmp_path / "run"), SILENCE, **given)

    return make


def trial(context: RunContext, loss: float, apart: float = 0.0, start: float = 9.0) -> Trial:
    """Rows that begin at one loss, end at losses that differ from each other, and by `apart` more or less from those of another trial."""
    rows = np.arange(HELD)
    labels = context.prepared.training_data.validation_labels
    counts = context.prepared.task.scoring.count(labels, labels)
    return Trial(8, np.full(HELD, start), loss + rows / HELD + apart * (rows % 2 * 2 - 1), np.ones(HELD), counts)


def answering(monkeypatch: pytest.MonkeyPatch, of_all: float, of_top: float, began: float = 9.0) -> list[str]:
    """Trials with these losses; which layers were tried."""
    tried: list[str] = []

    def take(context: RunContext, method: str, seed: int, start: Any, folder: Path, total_steps: int) -> Trial:
        tried.append(context.plans.layers)
        return (
            trial(context, of_all, start=began) if context.plans.layers == "all" else trial(context, of_top, apart=0.1)
        )

    monkeypatch.setattr(subject, "begin", lambda *given: None)
    monkeypatch.setattr(subject, "take_trial", take)
    return tried


def test_price_and_saving_are_counted_by_hand() -> None:
    """Six layers, three epochs of 100 rows: below the upper three a row goes forward once instead of three times, and
    never backward. Twenty rows are tried: all layers both ways, three both ways and three forward; the probe of the head
    reads them, and five times what is held back goes through all layers."""
    work = Work(layers=6, top=3, rows=100, epochs=3, seeds=1, tried=20, held=10)
    assert work.saving == 100 * 3 * (3 - 1) + 100 * 3 * 3
    assert work.price == 20 * (6 * 2 + 3 * 2 + 3) + 20 * 6 + 5 * 10 * 6


@pytest.mark.parametrize(("of_top", "chosen"), [(1.0, "top-1"), (0.9, "top-1"), (1.5, "all")])
def test_fewer_layers_are_taken_where_their_loss_is_not_above(
    context: Make, monkeypatch: pytest.MonkeyPatch, of_top: float, chosen: str
) -> None:
    tried = answering(monkeypatch, 1.0, of_top)
    found = with_chosen_layers(context())
    assert tried == ["all", "top-1"] and found.plans.layers == chosen
    (told,) = found.tried_layers
    assert told.value["chosen"] == chosen and told.value["score_all"] == 1.0
    assert told.value["loss_above"] == pytest.approx(of_top - 1.0)
    assert found.plans.recipe.training.cache_frozen_prefix == (False if chosen == "all" else "auto")


def test_a_trial_that_learned_nothing_says_nothing(context: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for start, chosen in ((1.5, "all"), (1.7, "top-1")):  # the mean loss is about half a unit above `of_all`
        answering(monkeypatch, 1.0, 0.9, start)
        assert with_chosen_layers(context()).plans.layers == chosen


def test_a_loss_within_a_standard_error_is_not_above(context: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for of_top, chosen in ((1.012, "top-1"), (1.014, "all")):
        answering(monkeypatch, 1.0, of_top)
        found = with_chosen_layers(context())
        assert found.tried_layers[0].value["loss_error"] == pytest.approx(0.1 / HELD**0.5)
        assert found.plans.layers == chosen


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"adapter": {"method": "pissa"}}, "where the adapter starts"),
        ({"training": {"cache_frozen_prefix": False}}, "in every step"),
        ({}, "more than 25% of the"),
    ],
)
def test_all_layers_without_a_trial(
    context: Make, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], reason: str
) -> None:
    tried = answering(monkeypatch, 1.0, 0.5)
    if not asked:
        monkeypatch.setattr(subject, "MOST_SHARE", 0.25)
    found = with_chosen_layers(context(**asked))
    assert tried == [] and found.plans.layers == "all"
    (told,) = found.tried_layers
    assert told.status == "not measured" and reason in told.reason


def test_what_was_found_before_a_stop_counts(context: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 1.0, 0.9)
    assert with_chosen_layers(context()).plans.layers == "top-1"
    tried = answering(monkeypatch, 1.0, 2.0)
    again = with_chosen_layers(context(resume=True))
    assert again.plans.layers == "top-1" and tried == []
    assert with_chosen_layers(context()).plans.layers == "all"  # a new run tries anew


def test_layers_that_the_recipe_names_are_not_tried(context: Make) -> None:
    asked = context(adapter={"layers": "top-1"})
    assert with_chosen_layers(asked) is asked
