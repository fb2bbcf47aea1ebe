"""`tunecard recipes`: the list at 80 columns, the list for scripts, one recipe; and a name in the place of a file."""

from __future__ import annotations

import json

from cli_stand_ins import Call

from tunecard.shipped import names, text_of

WIDTH = 80
KEYS = {"name", "source", "task", "base_model", "target", "differs"}


def test_the_list_reads_at_80_columns(call: Call) -> None:
    said = call("recipes")
    assert said.code == 0 and said.err == ""
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    told = [line.split()[0] for line in lines if line.startswith("  ")]
    assert sorted(told) == names()
    assert "lora-rte                 nyu-mll/glue rte    accuracy 0.874 validation" in said.out
    assert "A published score is a target, not a promise" in said.out


def test_the_list_for_scripts(call: Call) -> None:
    recipes = json.loads(call("recipes", "--json").out)["recipes"]
    assert [one["name"] for one in recipes] == names()
    assert all(one.keys() == KEYS and one["target"].keys() == {"metric", "split", "value"} for one in recipes)


def test_a_name_prints_the_file(call: Call) -> None:
    assert call("recipes", "lora-rte").out == text_of("lora-rte")


def test_a_name_that_is_none(call: Call) -> None:
    said = call("recipes", "lora-rtee")
    assert said.code == 2
    assert "no recipe of this name is shipped. Did you mean 'lora-rte'?" in said.err
