"""Suites are read before anything is trained, and every fault of the recipe's list is told at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import RecipeError
from tunecard.pipeline.named_suites import named_suites
from tunecard.pipeline.plans import Plans
from tunecard.recipe import recipe_to_yaml
from tunecard.tasks.text_classification import TextClassification

TASK = TextClassification(("con", "pro"))


def plans_of(folder: Path, suites: Any) -> Plans:
    content = {"data": {"source": "x.csv"}, "adapter": {"method": "lora"}, "evaluation": {"suites": suites}}
    return Plans(check_recipe(content, place="recipe"), folder)


def test_a_path_or_a_mapping_beside_the_recipe_is_read(tmp_path: Path) -> None:
    rows = [{"text": "a", "label": "positive"}, {"text": "b", "label": "con"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    first, second = named_suites(
        plans_of(tmp_path, ["a.jsonl", {"path": "a.jsonl", "labels": {"positive": "pro"}}]), TASK
    )
    assert len(first.cases) == 1 and [case.allowed for case in second.cases] == [(("pro",),), (("con",),)]
    assert len(named_suites(plans_of(tmp_path, "a.jsonl"), TASK)) == 1


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as told:
        named_suites(plans_of(tmp_path, ["b.jsonl", {"path": "c.jsonl", "labels": {"positive": "prö"}}]), TASK)
    text = str(told.value)
    assert "b.jsonl" in text and "c.jsonl" in text and "Got 'prö'. Did you mean 'pro'?" in text


def test_a_recipe_that_is_kept_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    kept = recipe_to_yaml(plans_of(tmp_path, [str(tmp_path / "a.jsonl")]).recipe)
    assert "path: a.jsonl" in kept and str(tmp_path) not in kept
