"""Rows out of scope are read before anything is trained, in the task's own roles, and every fault is told at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import RecipeError
from tunecard.pipeline.named_outside import named_outside
from tunecard.pipeline.named_rows import check_named
from tunecard.pipeline.plans import Plans
from tunecard.recipe import recipe_to_yaml
from tunecard.rows.dataset import Split
from tunecard.tasks import Task
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

TASK = TextClassification(("balance", "oos"))
SCORED = Split("test", [0, 1, 2], {"text": ["a", "b", "c"]}, ["oos", "balance", "oos"], {}, "given", {})


def plans_of(folder: Path, out_of_scope: Any, **evaluation: Any) -> Plans:
    content = {"data": {"source": "x.csv"}, "adapter": {"method": "lora"}}
    return Plans(check_recipe({**content, "evaluation": {"out_of_scope": out_of_scope, **evaluation}}), folder)


def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def texts(folder: Path, out_of_scope: Any, task: Task = TASK) -> list[tuple[str, list[Any]]]:
    return [(one.name, one.rows.inputs["text"]) for one in named_outside(plans_of(folder, out_of_scope), task, SCORED)]


def test_a_file_and_a_folder_with_its_split_and_columns_are_read(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", [{"text": "one"}, {"text": "two"}])
    write(tmp_path / "set" / "train.jsonl", [{"question": "three", "intent": "x"}])
    write(tmp_path / "set" / "test.jsonl", [{"question": "four", "intent": "x"}, {"question": "five", "intent": "y"}])
    assert texts(tmp_path, "a.jsonl") == [("a.jsonl test", ["one", "two"])]
    assert texts(tmp_path, [{"source": "set", "columns": {"text": "question"}}]) == [("set test", ["four", "five"])]
    named = {"source": "set", "columns": {"text": "question", "label": "intent"}}
    assert texts(tmp_path, [named | {"split": "train"}]) == [("set train", ["three"])]
    assert texts(tmp_path, [named | {"labels": "y"}]) == [("set test (y)", ["five"])]


def test_scored_rows_that_are_labelled_so_are_named_without_a_source(tmp_path: Path) -> None:
    (one,) = named_outside(plans_of(tmp_path, [{"labels": ["oos"]}]), TASK, SCORED)
    assert (one.name, one.rows.inputs["text"], one.rows.labels) == ("test (oos)", ["a", "c"], [None, None])
    assert one.labels == ("oos",)


def test_rows_of_words_are_read_for_a_task_of_words(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", [{"tokens": ["one", "two"]}])
    scored = Split("test", [0], {"tokens": [["a"]]}, [["O"]], {}, "given", {})
    (one,) = named_outside(plans_of(tmp_path, "a.jsonl"), TokenClassification(("O", "B-x", "I-x")), scored)
    assert one.rows.inputs == {"tokens": [["one", "two"]]}


def test_every_fault_is_told_at_once_with_those_of_suites(tmp_path: Path) -> None:
    write(tmp_path / "pairs.jsonl", [{"premise": "one", "hypothesis": "two"}])
    write(tmp_path / "a.jsonl", [{"text": "one", "label": "oos"}])
    asked = ["none.jsonl", "pairs.jsonl", {"source": "a.jsonl", "labels": ["oo"]}, {"labels": ["balanc"]}]
    with pytest.raises(RecipeError) as told:
        check_named(plans_of(tmp_path, asked, suites=["b.jsonl"]), TASK, SCORED)
    text = str(told.value)
    assert "evaluation.suites: b.jsonl" in text and "evaluation.out_of_scope: " in text and "none.jsonl" in text
    assert "pairs.jsonl: must have text, as the data has. Got text, text_pair." in text
    assert "a.jsonl: no row has the label 'oo'. Did you mean 'oos'?" in text
    assert "no row of test has the label 'balanc'. Did you mean 'balance'?" in text


@pytest.mark.parametrize("wrong", [[{}], [{"split": "test"}], [{"source": "a", "spilt": "test"}]])
def test_an_entry_says_which_rows(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(RecipeError, match=r"evaluation\.out_of_scope"):
        plans_of(tmp_path, wrong)


def test_a_recipe_that_is_kept_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    kept = recipe_to_yaml(plans_of(tmp_path, [str(tmp_path / "a.jsonl"), {"labels": ["oos"]}]).recipe)
    assert "source: a.jsonl" in kept and str(tmp_path) not in kept and "source: null" in kept
