"""`init`: a recipe that reads back as what was proposed, and questions asked only of a person."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_stand_ins import Call
from pydantic import BaseModel

from tunecard.adapters.methods.recipes import check_recipe, read_recipe
from tunecard.adapters.methods.registry import DEFAULT, METHODS
from tunecard.cli import initialising, suggesting
from tunecard.cli.initialising import source_seen_from
from tunecard.cli.questions import FIRST as ASKED
from tunecard.cli.questions import QUESTIONS, Question, ask
from tunecard.cli.recipe_text import FIRST, commented_recipe
from tunecard.recipe import CardRecipe

PROPOSED = {"task": "text-classification", "data": {"source": "rows.csv", "columns": {"text": "body", "label": "y"}}}


def keys_of(block: type[BaseModel], place: str = "") -> set[str]:
    found = set()
    for name, field in block.model_fields.items():
        found.add(place + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= keys_of(field.annotation, f"{place}{name}.")
    return found


def keys_in(content: Any, schema: set[str], place: str = "") -> set[str]:
    found = set()
    for name, value in content.items():
        found.add(place + name)
        if isinstance(value, dict) and any(key.startswith(f"{place}{name}.") for key in schema):
            found |= keys_in(value, schema, f"{place}{name}.")
    return found


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Forty reviews under usual names."""
    lines = [f"text number {row},{'ab'[row % 2]}" for row in range(40)]
    (tmp_path / "rows.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    return tmp_path / "rows.csv"


def test_the_recipe_reads_back_and_the_next_command_is_told(call: Call, rows: Path, tmp_path: Path) -> None:
    said = call("init", "rows.csv", "--out", "recipes/r.yaml", "--yes")
    assert said.code == 0, said.err
    assert said.err.splitlines() == [
        "rows.csv: 40 rows (train 40)",
        "Columns:",
        "  text   text   texts of 3 words, the longest of 3",
        "  label  label  2 names: a 20, b 20",
        "Splits:",
        "  train            30 rows  given; 6 rows became test, 4 rows became validation",
        "  validation        4 rows  made: 10 % of train, stratified by label, seed 42",
        "  test              6 rows  made: 15 % of train, stratified by label, seed 42",
        "Classes in train (2): a 15, b 15",
        "Longest text: 3 words",
        "Task: text-classification, because 'label' holds 2 different names.",
    ]
    assert said.out.startswith("Wrote recipes/r.yaml.")
    assert "tunecard run recipes/r.yaml --dry-run" in said.out
    read = read_recipe(tmp_path / "recipes/r.yaml")
    assert read.data.source == "../rows.csv" and read.task == "text-classification"
    assert read.card == CardRecipe()  # type: ignore[call-arg]


def test_a_column_that_names_groups_of_rows_is_offered_and_told(call: Call, tmp_path: Path) -> None:
    rows = [f"text {row},{'ab'[row % 2]},d{row // 3}" for row in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["text,label,document", *rows]) + "\n")
    said = call("init", "rows.csv", "--yes")
    assert "Rows with the same 'document' belong together" in said.err and "`evaluation.cluster`" in said.err
    assert read_recipe(tmp_path / "recipe.yaml").evaluation.cluster == "document"


def test_an_existing_recipe_is_kept_and_two_ways_on_are_told(call: Call, rows: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("mine")
    (tmp_path / "recipe-2.yaml").write_text("mine, too")
    said = call("init", "rows.csv")
    assert said.code == 2 and (tmp_path / "recipe.yaml").read_text() == "mine"
    assert said.err == (
        "RecipeError: recipe.yaml: is there already. Use it, or write another beside it:\n"
        "  tunecard run recipe.yaml\n  tunecard init rows.csv --out recipe-3.yaml\n"
    )


def test_without_a_terminal_nothing_is_asked(call: Call, rows: Path) -> None:
    assert call("init", "rows.csv").code == 0  # standard input is none here: a prompt would fail


def test_answers_of_a_person_are_declared(
    call: Call, rows: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = {"developed_by": 'A. "Author": #1', "language": "en, de", "license": "  ", "declared_by": "="}
    monkeypatch.setattr(suggesting, "git_name", lambda: "B. Committer")
    monkeypatch.setattr(initialising, "_is_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda text, **_: answers.get(text.strip(), ""))
    said = call("init", "rows.csv")
    assert said.code == 0 and "Who made the adapter?" in said.err
    card = read_recipe(tmp_path / "recipe.yaml").card
    today = datetime.date.today().isoformat()
    said = CardRecipe(
        developed_by='A. "Author": #1', language=["en", "de"], declared_by="B. Committer", declared_on=today
    )  # type: ignore[call-arg]
    assert card == said
    (tmp_path / "recipe.yaml").unlink()
    assert "Who made the adapter?" not in call("init", "rows.csv", "--yes").err


def test_whoever_declares_nothing_is_not_named(
    call: Call, rows: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(initialising, "_is_terminal", lambda: True)
    monkeypatch.setattr(suggesting, "git_name", lambda: "B. Committer")
    monkeypatch.setattr("typer.prompt", lambda text, **_: asked.append(text.strip()) or "")
    assert call("init", "rows.csv").code == 0
    assert len(asked) == 15 and "declared_by" not in asked  # nothing to answer for
    assert read_recipe(tmp_path / "recipe.yaml").card == CardRecipe()  # type: ignore[call-arg]


def test_a_suggestion_is_declared_only_by_who_takes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text("title: x")
    monkeypatch.setattr(suggesting, "git_name", lambda: "B. Committer")
    suggested = suggesting.suggestions(tmp_path)
    assert suggested == {"declared_by": "B. Committer", "citation_file": "CITATION.cff"}
    typed = {"license": "mit", "citation_file": "=", "contact": "="}  # nothing is suggested as a contact
    told: list[str] = []
    answers = ask(lambda key: typed.get(key, ""), told.append, suggested)
    assert answers == {"license": "mit", "citation_file": "CITATION.cff", "contact": "="}
    assert any("= takes: CITATION.cff" in line for line in told)


def test_git_that_is_not_there_suggests_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert suggesting.git_name() is None


def test_sixteen_questions_at_most_each_on_a_screen() -> None:
    assert len(ASKED) == 16
    assert {"provider", "foreseeable_misuse", "human_oversight", "version_history"} <= {one.key for one in ASKED}
    told: list[str] = []
    ask(lambda key: {"license": "mit", "language": "en"}.get(key, "x"), told.append, {"declared_by": "A" * 60})
    assert [line for text in told for line in text.splitlines() if len(line) > 80] == []


def test_init_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from tunecard.cli import main;"
        "main(['init', 'embedded', '--yes', '--out', sys.argv[1]]);"
        "print([m for m in ('torch', 'transformers', 'peft', 'datasets', 'psutil') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "recipe.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (tmp_path / "recipe.yaml").is_file() and done.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_at_a_question_writes_nothing(
    call: Call, rows: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import typer

    def leave(*_: object, **__: object) -> str:
        raise typer.Abort

    monkeypatch.setattr(initialising, "_is_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", leave)
    assert call("init", "rows.csv").code == 3
    assert not (tmp_path / "recipe.yaml").exists()


@pytest.mark.parametrize("every", [False, True])
def test_text_and_recipe_are_the_same_thing(every: bool) -> None:
    recipe = check_recipe(
        {
            "base_model": "x/y: #z",
            "data": {
                "source": {"train": "a.csv", "test": "b.csv"},
                "columns": {"text": "yes", "label": "no"},
                "labels": ["on", "1", "null"],
                "sample": {"train": 20},
            },
            "adapter": {"target_modules": ["query", "value"]},
            "training": {"seed": [1, 2], "learning_rate": 1e-5, "early_stopping": False, "weight_decay": 0.0},
            "evaluation": {"controls": ["full"]},
            "card": {"citation": "@misc{a,\n  title = {B},\n}", "language": "no", "direct_use": "- it's: fine"},
        }
    )
    assert check_recipe(yaml.safe_load(commented_recipe(recipe, name="r.yaml", every=every))) == recipe


def test_all_lists_every_key_and_the_rest_only_some() -> None:
    schema, recipe = keys_of(type(check_recipe(PROPOSED))), check_recipe(PROPOSED)
    assert keys_in(yaml.safe_load(commented_recipe(recipe, name="r", every=True)), schema) == schema
    told = {f"adapter.{setting.key}" for setting in METHODS[DEFAULT].settings if setting.comment}
    assert keys_in(yaml.safe_load(commented_recipe(recipe, name="r")), schema) == FIRST | told


def test_each_key_of_a_first_recipe_is_explained() -> None:
    lines = commented_recipe(check_recipe(PROPOSED), name="r").splitlines()
    keys = [number for number, line in enumerate(lines) if line and not line.lstrip().startswith("#")]
    assert keys and all(lines[number - 1].lstrip().startswith("# ") for number in keys)
    assert max(map(len, lines)) <= 110


def test_there_is_a_question_for_each_key_of_the_card() -> None:
    assert sorted([question.key for question in QUESTIONS] + ["declared_on"]) == sorted(CardRecipe.model_fields)
    assert all(len(question.asks) <= 70 and len(question.why) <= 78 for question in QUESTIONS)


def test_asking_shows_the_reason_and_leaves_out_what_stays_open() -> None:
    told: list[str] = []
    asked = [Question("license", "Which?", "Because."), Question("language", "Which one?", "Since.")]
    typed = iter([" ", "pt, "])
    assert ask(lambda _: next(typed), told.append, asked=asked) == {"language": "pt"}
    assert told[1:] == ["\n1 of 2. Which?\n  Because.", "\n2 of 2. Which one?\n  Since."]


def test_a_relative_source_is_seen_from_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    os.symlink(tmp_path / "elsewhere/deep", tmp_path / "link")
    assert source_seen_from("data", Path()) == "data"
    assert source_seen_from("data", Path("new/folder")) == "../../data"
    assert source_seen_from("data", Path("link")) == "../../data"
    assert source_seen_from(str(tmp_path / "data"), Path("new")) == str(tmp_path / "data")
    assert source_seen_from("tner/bionlp2004", Path("new")) == "tner/bionlp2004"
    assert source_seen_from("embedded", Path("new")) == "embedded"
