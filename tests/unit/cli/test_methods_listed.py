"""`methods`: the list in 80 columns and as JSON, one method with its settings, and the page that is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunecard.adapters.methods.abilities import UNTRIED, Ability
from tunecard.adapters.methods.registry import METHODS
from tunecard.cli.listing_methods import page
from tunecard.tasks import TASKS

PAGE = Path(__file__).parents[3] / "docs/methods.md"


def test_the_table_has_every_method_in_eighty_columns(call: Any) -> None:
    said = call("methods").out
    assert {line.split()[0] for line in said.splitlines() if line} >= set(METHODS)
    assert max(map(len, said.splitlines())) <= 80
    assert "cpt (CPT): PEFT has it for decoders alone." in said


def test_as_json_each_says_what_it_can_do(call: Any) -> None:
    told = {row["name"]: row for row in json.loads(call("methods", "--json").out)["methods"]}
    assert list(told) == list(METHODS)
    assert told["lora"]["parameters"] == {"roberta-large": 7077888}
    assert told["lora"]["merges"] is True and told["prefix_tuning"]["merges"] is False
    assert told["prompt_tuning"]["packs"] is False
    assert told["vera"]["reference"]["arxiv"] == "2310.11454"
    assert told["lora"]["tasks"]["token-classification"] == {"works": True, "reason": None}


def test_a_task_is_listed_as_what_was_found_under_its_own_head(call: Any) -> None:
    told = {row["name"]: row["tasks"] for row in json.loads(call("methods", "--json").out)["methods"]}
    assert all(list(tasks) == list(TASKS) for tasks in told.values())
    refused = {task: entry["reason"] for task, entry in told["prompt_tuning"].items() if not entry["works"]}
    assert list(refused) == ["multiple-choice"] and "a row has several" in refused["multiple-choice"]
    said = " ".join(call("methods", "prompt_tuning").out.split())
    assert f"multiple-choice: no, {refused['multiple-choice']}" in said


def test_what_was_tried_under_no_head_of_a_task_does_not_work_there() -> None:
    ability = Ability({"AutoModel": None, "AutoModelForMaskedLM": "it breaks"}, True, True, {})
    assert [ability.why_not(head) for head in ("AutoModel", "AutoModelForMaskedLM", "AutoModelForCausalLM")] == [
        None, "it breaks", UNTRIED,
    ]  # fmt: skip


def test_one_method_with_its_settings(call: Any) -> None:
    said = call("methods", "oft").out
    assert "  method: oft\n" in said
    assert "block_size: auto # the largest divisor of the inputs of all layers, up to 32" in " ".join(said.split())
    assert "arXiv:2306.07280" in said


def test_a_name_that_is_none_is_told_with_the_nearest(call: Any) -> None:
    failed = call("methods", "lorra")
    assert failed.code == 2
    assert "there is no method 'lorra'. Did you mean 'lora'?" in " ".join(failed.err.split())


@pytest.mark.parametrize("name", ["qalora", "QA-LoRA", "use_qalora"])
def test_what_is_no_method_is_told_with_its_own_reason(call: Any, name: str) -> None:
    failed = call("methods", name)
    said = " ".join(failed.err.split())
    assert (
        failed.code == 2 and f"there is no method '{name}'. QA-LoRA is no method here: PEFT has it for layers" in said
    )
    assert "Type adapter.method=lora with training.base_weights=nf4." in said
    told = {one["name"]: one["reason"] for one in json.loads(call("methods", "--json").out)["others"]}
    assert (
        told["qalora"].startswith("PEFT has it for layers quantised by GPTQ alone") and not told.keys() & METHODS.keys()
    )


def test_rates_say_whose_they_are(call: Any) -> None:
    assert "learns at 0.01, the head at 0.004 at most: VeRA's paper has" in " ".join(
        call("methods", "vera").out.split()
    )
    assert "the head at the same: ours, without a source" in " ".join(call("methods", "ln_tuning").out.split())
    assert "learns at" not in call("methods", "lora").out


def test_the_page_is_what_the_list_says() -> None:
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("name", METHODS)
def test_every_paper_can_be_found(name: str) -> None:
    paper = METHODS[name].reference
    assert bool(paper.arxiv) != bool(paper.url) and paper.title and paper.year.isdigit()
