"""The recipes that come with the package: each reads, says where it is from, and what its card will set beside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunecard.adapters.methods.recipes import read_recipe
from tunecard.adapters.methods.registry import METHODS
from tunecard.errors import RecipeError
from tunecard.shipped import listed, names, path_of, shipped_name, text_of
from tunecard.shipped.reading import FOLDER

KNOWN = [name for name in names() if yaml.safe_load(text_of(name))["adapter"]["method"] in METHODS]
GLUE = {"cola": "mcc", "mnli": "accuracy", "mrpc": "accuracy", "qnli": "accuracy", "qqp": "accuracy",
        "rte": "accuracy", "sst2": "accuracy", "stsb": "pearson"}  # fmt: skip
PAGE = Path(__file__).parents[3] / "docs" / "recipes.md"


def content(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load(text_of(name)))


def of_glue(prefix: str) -> set[str]:
    return {name.removeprefix(prefix) for name in names() if name.startswith(prefix)}


def test_the_tables_are_whole() -> None:
    assert of_glue("lora-") == set(GLUE)
    six = {"sst2", "mrpc", "cola", "qnli", "rte", "stsb"}
    for method in ("vera", "vblora", "fourierft", "road", "c3a"):
        assert of_glue(f"{method}-") == six
    assert of_glue("peft-mrpc-") == {"lora", "ia3", "prefix-tuning", "prompt-tuning", "p-tuning"}
    assert {"peft-guide-bionlp2004", "conll2003-lora", "wnut17-lora", "ncbi-disease-lora"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_each_reads(name: str) -> None:
    if name not in KNOWN:
        pytest.skip(f"its method {content(name)['adapter']['method']} is no method here")
    recipe = read_recipe(path_of(name))
    assert recipe.evaluation.targets and recipe.base_model == "FacebookAI/roberta-large"


@pytest.mark.parametrize("name", names())
def test_each_says_where_it_is_from(name: str) -> None:
    for target in content(name)["evaluation"]["targets"]:
        assert {"metric", "split", "value", "protocol", "by", "source", "differs"} <= target.keys()
        assert 0 < target["value"] < 1 and target["split"] in ("validation", "test")
        assert re.search(r"Table|guide|card|notebook|Section|example|arXiv", target["source"]), target["source"]


@pytest.mark.parametrize("name", [name for name in names() if "nyu-mll/glue" in text_of(name)])
def test_rows_without_labels_are_not_scored(name: str) -> None:
    """The labels of GLUE's test rows are hidden: its validation rows choose and score, or are the test rows."""
    told = content(name)
    splits, protocol = told["data"]["splits"], told["evaluation"].get("protocol")
    if protocol == "best-epoch-dev":
        assert splits["test"] is None
    else:
        assert (splits["validation"], protocol) == (None, "held-out") and splits["test"].startswith("validation")
    asked = told["data"]["config"]
    assert told["evaluation"]["targets"][0]["metric"] == GLUE.get(asked, "accuracy")


@pytest.mark.parametrize("task", ["mrpc", "rte", "stsb"])
def test_small_tasks_start_from_mnli(task: str) -> None:
    assert content(f"lora-{task}")["adapter"]["start_from"] == "runs/lora-mnli"


def test_the_guide_sets_validation_beside_test() -> None:
    first, second = content("peft-guide-bionlp2004")["evaluation"]["targets"]
    assert (first["split"], first["value"]) == ("validation", 0.8158)
    assert (second["split"], second["value"]) == ("test", 0.7513) and "tner" in second["by"] + second["source"]


def test_a_list_says_what_each_file_says() -> None:
    for recipe in listed():
        told = content(recipe.name)
        first = told["evaluation"]["targets"][0]
        assert recipe.target == {key: first[key] for key in ("metric", "split", "value")}
        assert (recipe.task, recipe.method) == (told["task"], told["adapter"]["method"])


def test_a_name_that_is_none() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'lora-mnli'"):
        path_of("lora-mnil")
    with pytest.raises(RecipeError, match="no recipe of this name"):
        text_of("../reading")


def test_a_file_here_goes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shipped_name(Path("lora-rte")) == "lora-rte"
    Path("lora-rte").write_text("task: auto\n")
    assert shipped_name(Path("lora-rte")) is None and shipped_name(Path("none")) is None


def test_nothing_else_lies_in_the_folder() -> None:
    assert {path.suffix for path in FOLDER.iterdir()} == {".yaml"}


def test_the_page_tells_every_recipe_as_it_is() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for recipe in listed():
        start = f"| `{recipe.name}` | {recipe.data} | {recipe.target['metric']} {recipe.target['value']:.4f} "
        assert [line for line in lines if line.startswith(f"{start}| {recipe.target['split']} |")], start
    told = {match[1] for line in lines if (match := re.match(r"\| `([^` ]+)` \|", line))}
    assert told == set(names())
