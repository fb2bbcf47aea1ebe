"""What people are likely to type wrongly: one message with what was meant, code 2, no traceback, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_stand_ins import Call
from lines_to_type import check_lines, parse

from tunecard.cli.app import COMMANDS, EXAMPLES

TEXTS = [f"a text of some words {row}" for row in range(40)]
FILES = {
    "reviews.yaml": "data: {source: rows.csv}\n",
    "bad.yaml": "data: {source: rows.csv, max_lenght: 8}\ntraining: {max_length: 128, lr: 1}\nepochs: 3\n",
    "tabs.yaml": "data:\n\tsource: rows.csv\n",
    "colon.yaml": "data: {source: rows.csv}\ncard:\n  direct_use: Triage: abstracts\n",
    "twice.yaml": "data: {source: rows.csv}\ndata: {source: x.csv}\n",
    "norway.yaml": "data: {source: rows.csv, labels: [no, yes]}\n",
    "brackets.yaml": "data: {source: rows.csv}\ntraining: {epochs: [3]}\n",
    "commas.yaml": "data: {source: rows.csv}\nevaluation: {factors: 'length, theme'}\n",
    "list.yaml": "- a\n- b\n",
    "empty.yaml": "",
    "method.yaml": "data: {source: rows.csv}\nadapter: {method: lora, ranks: 8}\n",
    "peft.yaml": "data: {source: rows.csv}\nadapter: {r: 8, lora_alpha: 16}\n",
    "rows.csv": "\n".join(["text,label", *(f"{text},{'ab'[row % 2]}" for row, text in enumerate(TEXTS))]),
    "own.csv": "\n".join(["body,mood", *(f"{text},{'ab'[row % 2]}" for row, text in enumerate(TEXTS))]),
    "alike.csv": "\n".join(["text,label", *(f"{text},{('a', 'A', 'b')[row % 3]}" for row, text in enumerate(TEXTS))]),
    "minus.csv": "\n".join(["text,label", *(f"{text},{row % 3 - 1}" for row, text in enumerate(TEXTS))]),
    "alone.csv": "\n".join(["body", *TEXTS]),
    "card.md": "# m\n",
    "train.py": "print()\n",
    "shot.png": "",
    "run/evidence.json": "{}",
    "adapter/adapter_config.json": "{}",
    "nothing/readme.txt": "",
    "taken.yaml": "mine",
}
MISTAKES: list[tuple[str, list[str]]] = [
    ("rnu recipe.yaml", ["No such command 'rnu'", "Did you mean 'run'?"]),
    ("run", ["Missing argument 'RECIPE'", "tunecard run recipe.yaml"]),
    ("init", ["Missing argument 'DATA'", "tunecard init reviews.csv"]),
    ("predict run", ["Missing argument 'INPUT'", "tunecard predict runs/recipe rows.csv"]),
    ("run reviews.yaml --otu x", ["No such option: --otu", "Did you mean --out"]),
    ("--verison", ["No such option: --verison", "Did you mean --version?"]),
    ("run reviews.yml", ["no such recipe", "Did you mean 'reviews.yaml'?"]),
    ("run rows.csv", ["is a file of rows", "tunecard init rows.csv"]),
    ("run run", ["is a run folder", "tunecard verify run"]),
    ("run card.md", ["is a card", "tunecard audit card.md"]),
    ("run reviews.yaml --set epochs", ["--set takes key=value", "Got 'epochs'"]),
    ("run reviews.yaml --set training.epochs:3", ["Did you mean --set training.epochs=3?"]),
    ("run reviews.yaml --set epochs=3 --set lr=1", ["2 problems", "`training.epochs`", "`training.learning_rate`"]),
    ("run bad.yaml --set adapter.r=3", ["5 problems", "'max_length'", "`data.max_length`", "`training.learning_rate`",
                                       "`training.epochs`", "--set adapter.r is not a key", "`adapter.rank`"]),
    ("run tabs.yaml", ["line 2 is indented with a tab", "type two of them"]),
    ("run colon.yaml", ["line 3 has a second colon", 'direct_use: "Triage: abstracts"']),
    ("run twice.yaml", ["line 2: the key 'data' stands twice (first in line 1)"]),
    ("run norway.yaml", ["data.labels must be a list of label names", "YAML reads a bare yes, no", "quote it"]),
    ("run brackets.yaml", ["Got [3]. Write epochs: 3, without the brackets."]),
    ("run commas.yaml", ["Write a list: factors: [length, theme]."]),
    ("run list.yaml", ["a recipe is a mapping of keys. Got list."]),
    ("run empty.yaml", ["data is missing"]),
    ("run method.yaml", ["adapter.ranks is not a key", "'rank'"]),
    ("run peft.yaml", ["`adapter.rank`", "`adapter.alpha`"]),
    ("run reviews.yaml --resume --overwrite", ["Give one of them"]),
    ("verify reviews.yaml", ["is a recipe", "tunecard run reviews.yaml"]),
    ("verify card.md", ["is a card", "tunecard audit card.md"]),
    ("verify run --data rows.csv", ["--data and --base are for --deep"]),
    ("card rows.csv", ["is a file of rows", "tunecard init rows.csv"]),
    ("predict reviews.yaml rows.csv", ["is a recipe", "tunecard run reviews.yaml"]),
    ("predict rows.csv run", ["in each other's place", "tunecard predict run rows.csv"]),
    ("complete rows.csv --data adapter", ["in each other's place", "tunecard complete adapter --data rows.csv"]),
    ("complete run --data rows.csv", ["is a run folder", "tunecard verify run"]),
    ("audit reviews.yaml", ["is a recipe", "tunecard run reviews.yaml"]),
    ("audit rows.csv", ["is a file of rows"]),
    ("init reviews.yaml", ["is a recipe", "tunecard run reviews.yaml"]),
    ("init run", ["is a run folder", "tunecard predict run INPUT"]),
    ("init adapter", ["is an adapter", "tunecard complete adapter --data DATA"]),
    ("init train.py", ["is a program", "Give the file of rows"]),
    ("init shot.png", ["is a picture", "Rows of text are needed"]),
    ("init rosw.csv", ["no such file or folder", "Did you mean 'rows.csv'?"]),
    ("init own.csv", ["Which column holds the text?", "tunecard init own.csv --column text=body --column label=mood"]),
    ("init alike.csv", ["differ only in case", "tunecard init alike.csv --set data.labels_alike=merge"]),
    ("init minus.csv", ["What does -1 mean", "tunecard init minus.csv --labels=-1,0,1"]),
    ("init alone.csv", ["no column can be the label", "--column label=NAME"]),
    ("init rows.csv --column text=txet", ["--column text=txet: there is no such column", "Did you mean 'text'?"]),
    ("init rows.csv --column txet=text", ["'txet' is no role", "Did you mean 'text'?"]),
    ("init rows.csv --column text", ["--column takes ROLE=NAME"]),
    ("init rows.csv --task regresion", ["`task` must be", "Did you mean 'regression'?"]),
    ("init rows.csv --labels a,a", ["--labels takes different names", "Got 'a,a'"]),
    ("init rows.csv --labels a,c", ["label 'b' is not one of 2 labels"]),
    ("init rows.csv --out taken.yaml", ["is there already", "tunecard init rows.csv --out taken-2.yaml"]),
    ("init rows.csv --out nothing", ["is a folder", "tunecard init rows.csv --out nothing/recipe.yaml"]),
    ("init rows.csv --set training.epochs=many", ["--set training.epochs must be an integer", "Got 'many'"]),
    ("push reviews.yaml me/x", ["is a recipe", "tunecard run reviews.yaml"]),
    ("sign card.md --key k.pem", ["is a card"]),
]  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return dict(FILES)


@pytest.mark.parametrize(("typed", "parts"), MISTAKES, ids=[typed for typed, _ in MISTAKES])
def test_a_likely_mistake(call: Call, files: dict[str, str], tmp_path: Path, typed: str, parts: list[str]) -> None:
    said = call(*typed.split())
    assert said.code == 2 and said.out == ""
    assert "Traceback" not in said.err and "Bug:" not in said.err
    assert [part for part in parts if part not in said.err] == [], said.err
    check_lines(said.err)  # what is to be typed can be typed
    there = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: path.read_text() for name, path in there.items()} == files, "something was written"


def test_the_examples_can_be_typed() -> None:
    for line in EXAMPLES.values():
        parse(line)
    assert set(EXAMPLES) <= {name for name, _, _ in COMMANDS}


def test_a_line_that_cannot_be_typed_is_found() -> None:
    assert check_lines("Type:\n  tunecard run recipe.yaml\nor `tunecard verify x --deep`.") == [
        "tunecard run recipe.yaml", "tunecard verify x --deep",
    ]  # fmt: skip
    with pytest.raises(AssertionError, match="--depe"):
        check_lines("Type:\n  tunecard verify x --depe")
    with pytest.raises(AssertionError):
        check_lines("Type:\n  tunecard vrify x")


@pytest.mark.parametrize("command", [name for name, _, _ in COMMANDS])
def test_help_has_a_short_form_everywhere(call: Call, command: str) -> None:
    assert call(command, "-h") == call(command, "--help")
