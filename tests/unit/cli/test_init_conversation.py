"""`init` as a conversation: what it saw, what it asks, at a real terminal too, and what it refuses to guess without."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import signal
import sys
from pathlib import Path

import pytest
from cli_stand_ins import Call

from tunecard.adapters.methods.recipes import read_recipe
from tunecard.cli import initialising
from tunecard.pipeline.looking import look
from tunecard.pipeline.open_questions import next_question
from tunecard.pipeline.wish import Wish


def write_csv(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n")


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Forty reviews under names of their own."""
    rows = [f"{row},a long enough review number {row},{('con', 'pro')[row % 2]}" for row in range(40)]
    write_csv(tmp_path / "my reviews.csv", "nr,review_body,sentiment", rows)
    return tmp_path / "my reviews.csv"


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person at a terminal types; a dot, which ends the questions of the card, when nothing is left."""
    typed: list[str] = []
    monkeypatch.setattr(initialising, "_is_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: typed.pop(0) if typed else ".")
    return typed


def test_without_a_terminal_the_whole_line_is_told_and_works(call: Call, reviews: Path, tmp_path: Path) -> None:
    said = call("init", "my reviews.csv", "--out", "a.yaml", "--yes")
    assert said.code == 2 and not (tmp_path / "a.yaml").exists()
    line = said.err.splitlines()[-1].strip()
    assert line == (
        "tunecard init 'my reviews.csv' --column text=review_body --column label=sentiment --out a.yaml --yes"
    )
    assert "Which column holds the text?" in said.err and "2 names: con 20, pro 20" in said.err
    assert call(*shlex.split(line)[1:]).code == 0
    assert read_recipe(tmp_path / "a.yaml").data.columns == {"text": "review_body", "label": "sentiment"}


def test_at_a_terminal_columns_are_asked_and_enter_takes_the_likeliest(
    call: Call, reviews: Path, types: list[str], tmp_path: Path
) -> None:
    types += ["", "7", "1"]  # the second question is asked again after what is no answer
    said = call("init", "my reviews.csv")
    assert said.code == 0, said.err
    assert "1. review_body: texts of 6 words" in said.err and "Type a number from 1 to 1." in said.err
    assert "Reads 'review_body' as text, 'sentiment' as label" in said.err
    assert "  tunecard init 'my reviews.csv' --column text=review_body --column label=sentiment --yes\n" in said.err
    assert read_recipe(tmp_path / "recipe.yaml").data.columns == {"text": "review_body", "label": "sentiment"}


def test_a_real_terminal(reviews: Path, tmp_path: Path) -> None:
    """Through a pseudo-terminal: prompts come one at a time, Enter is an answer, Ctrl-C leaves nothing behind."""
    shown, code = at_a_terminal(["init", "my reviews.csv"], ["", "", "A. Author", "."], tmp_path)
    assert code == 0, shown
    assert shown.index("Which column holds the text?") < shown.index("Which column holds the label?")
    assert shown.index("1 of 16.") < shown.index("2 of 16.") and "3 of 16." not in shown
    assert "Who gave these answers?" in shown  # asked last, since there is one
    assert read_recipe(tmp_path / "recipe.yaml").card.developed_by == "A. Author"
    assert max(map(len, (line for line in shown.splitlines() if "tunecard init" not in line))) <= 80
    shown, code = at_a_terminal(["init", "my reviews.csv", "--out", "b.yaml"], ["\x03"], tmp_path)
    assert code == 3 and "Traceback" not in shown and not (tmp_path / "b.yaml").exists()


def at_a_terminal(arguments: list[str], typed: list[str], folder: Path) -> tuple[str, int]:
    """Runs the command at a terminal of its own; each prompt gets the next of what is typed."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it, and so would its children
        os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
        os.execv(sys.executable, [sys.executable, "-m", "tunecard", *arguments])
    answers, shown, answered = iter(typed), b"", 0
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        try:
            read = os.read(terminal, 65_536) if ready else b""
        except OSError:  # the child has gone
            break
        shown += read
        if shown[answered:].endswith(b": ") and not select.select([terminal], [], [], 0.2)[0]:
            answered = len(shown)
            answer = next(answers, ".")
            os.write(terminal, answer.encode() + (b"" if answer == "\x03" else b"\n"))
        elif ready and not read:
            break
    return shown.decode().replace("\r", ""), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_minus_one_is_asked_and_either_answer_is_a_line(
    call: Call, types: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(tmp_path / "r.csv", "text,label", [f"a text number {row},{row % 3 - 1}" for row in range(60)])
    types += ["2", ""]
    assert call("init", "r.csv").code == 0
    assert read_recipe(tmp_path / "recipe.yaml").data.labels == ["0", "1"]
    monkeypatch.setattr(initialising, "_is_terminal", lambda: False)
    said = call("init", "r.csv", "--out", "b.yaml")
    assert said.code == 2 and "--labels 0,1  no label" in said.err
    assert call(*shlex.split(said.err.splitlines()[-1])[1:]).code == 0
    assert read_recipe(tmp_path / "b.yaml").data.labels == ["-1", "0", "1"]


def test_labels_alike_are_merged_only_by_who_says_so(
    call: Call, types: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = ("con", "Con", "pro")
    write_csv(tmp_path / "r.csv", "text,label", [f"a text number {row},{labels[row % 3]}" for row in range(60)])
    types += ["2"]
    said = call("init", "r.csv")
    assert said.code == 2 and not (tmp_path / "recipe.yaml").exists() and "Nothing was written." in said.err
    types += [""]
    assert call("init", "r.csv").code == 0
    assert read_recipe(tmp_path / "recipe.yaml").data.labels_alike == "merge"
    monkeypatch.setattr(initialising, "_is_terminal", lambda: False)
    said = call("init", "r.csv", "--out", "b.yaml")
    assert said.err.splitlines()[-1].strip() == "tunecard init r.csv --set data.labels_alike=merge --out b.yaml"


def test_bare_tags_get_names(call: Call, types: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = json.dumps({"tokens": ["Ana", "left", "Oslo"], "ner_tags": [1, 0, 2]})
    (tmp_path / "train.jsonl").write_text(
        "\n".join([row] * 3 + [json.dumps({"tokens": [f"w{i}"], "ner_tags": [0]}) for i in range(30)])
    )
    types += ["O,B-PER", "O,B-PER,B-LOC"]
    said = call("init", "train.jsonl")
    assert said.code == 0, said.err
    assert "3 different names are needed. Got 2." in said.err
    assert read_recipe(tmp_path / "recipe.yaml").data.labels == ["O", "B-PER", "B-LOC"]
    monkeypatch.setattr(initialising, "_is_terminal", lambda: False)
    said = call("init", "train.jsonl", "--out", "b.yaml")
    assert said.code == 2 and "--labels TAG0,TAG1,TAG2" in said.err.splitlines()[-1]
    assert call("init", "train.jsonl", "--labels", "TAG0,TAG1,TAG2", "--out", "b.yaml").code == 2  # no tags: refused


def test_grades_are_classes_or_amounts(call: Call, types: list[str], tmp_path: Path) -> None:
    write_csv(tmp_path / "r.csv", "text,label", [f"a text number {row},{row % 5 + 1}" for row in range(60)])
    types += ["2"]
    assert call("init", "r.csv").code == 0
    assert read_recipe(tmp_path / "recipe.yaml").task == "regression"
    write_csv(tmp_path / "s.csv", "text,label", [f"a text number {row},{(row * 7) % 100}" for row in range(200)])
    assert next_question(look(Wish(str(tmp_path / "s.csv")), tmp_path), Wish("s.csv")) is not None


def test_names_of_classes_and_commas_in_them(call: Call, types: list[str], tmp_path: Path) -> None:
    write_csv(tmp_path / "r.csv", "text,label", [f"a text number {row},{row % 2}" for row in range(60)])
    types += ["bad,good"]
    assert call("init", "r.csv").code == 0
    assert read_recipe(tmp_path / "recipe.yaml").data.labels == ["bad", "good"]
    assert call("init", "r.csv", "--labels", '"bad, very",good', "--yes", "--out", "b.yaml").code == 0
    assert read_recipe(tmp_path / "b.yaml").data.labels == ["bad, very", "good"]
    assert call("init", "r.csv", "--labels", "bad", "--labels", "good", "--yes", "--out", "c.yaml").code == 0
    assert read_recipe(tmp_path / "c.yaml").data.labels == ["bad", "good"]


def test_any_key_can_be_set_and_stands_in_the_recipe(call: Call, reviews: Path, tmp_path: Path) -> None:
    columns = ("--column", "text=review_body", "--column", "label=sentiment")
    said = call("init", "my reviews.csv", *columns, "--set", "training.epochs=2", "--set", "base_model=x/y", "--yes")
    assert said.code == 0, said.err
    recipe = read_recipe(tmp_path / "recipe.yaml")
    assert (recipe.training.epochs, recipe.base_model) == (2, "x/y")
    said = call("init", "my reviews.csv", *columns, "--set", "epochs=2", "--out", "b.yaml")
    assert (said.code, said.err) == (2, "RecipeError: --set epochs is not a key. Did you mean `training.epochs`?\n")


def test_data_is_opened_once(call: Call, reviews: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tunecard.data.readers import tables

    opened: list[str] = []
    read = tables.read_records
    monkeypatch.setattr(tables, "read_records", lambda path, *rest: opened.append(path.name) or read(path, *rest))
    assert call("init", "my reviews.csv", "--column", "text=review_body", "--column", "label=sentiment").code == 0
    assert opened == ["my reviews.csv"]


def test_which_tags_are_learned_is_asked_where_several_could_be(
    call: Call, types: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = ["B-PER", "O", "B-LOC"]
    row = {"tokens": ["Ana", "left", "Oslo"], "tags": tags, "column 3": tags, "inner": ["O", "O", "B-CITY"]}
    rows = [json.dumps({**row, "tokens": ["Ana", f"left{number}", "Oslo"]}) for number in range(30)]
    (tmp_path / "train.jsonl").write_text("\n".join(rows))
    types += ["2"]
    said = call("init", "train.jsonl")
    assert said.code == 0 and "Several columns hold tags." in said.err, said.err
    assert "column 3" not in said.err  # what is read as tags already is no other column of tags
    assert read_recipe(tmp_path / "recipe.yaml").data.columns == {"tokens": "tokens", "tags": "inner"}
    monkeypatch.setattr(initialising, "_is_terminal", lambda: False)
    assert call("init", "train.jsonl", "--out", "b.yaml").code == 0  # the usual name is taken, and shown
    assert read_recipe(tmp_path / "b.yaml").data.columns == {"tokens": "tokens", "tags": "tags"}


def test_words_and_tags_under_any_name_are_asked(call: Call, types: list[str], tmp_path: Path) -> None:
    row = {"doc": "x", "satz": ["Ana", "left", "Oslo"], "marken": ["B-PER", "O", "B-LOC"], "len": 3}
    rows = [json.dumps({**row, "satz": ["Ana", f"left{number}", "Oslo"]}) for number in range(30)]
    (tmp_path / "train.jsonl").write_text("\n".join(rows))
    types += ["", ""]
    said = call("init", "train.jsonl")
    assert said.code == 0, said.err
    recipe = read_recipe(tmp_path / "recipe.yaml")
    assert recipe.data.columns == {"tokens": "satz", "tags": "marken"} and recipe.task == "token-classification"


def test_what_is_said_fits_80_columns_and_tells_what_was_left_out(call: Call, tmp_path: Path) -> None:
    header = "text,label," + ",".join(f"a_rather_long_name_of_a_column_{number}" for number in range(40))
    rows = [
        f"a text number {row},{'ab'[row % 2] if row else ''}" + f",value {row % 3} of a column" * 40
        for row in range(40)
    ]
    write_csv(tmp_path / "r.csv", header, rows)
    said = call("init", "r.csv", "--yes")
    assert said.code == 0, said.err
    assert max(map(len, said.err.splitlines())) <= 80
    assert "and 12 more, not used" in said.err and "1 row without" in said.err and "1 left out: no label" in said.err


def test_faults_of_rows_name_the_options_beside_the_keys(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    write_csv(tmp_path / "d" / "train.csv", "text,label", [f"a text number {row},{'ab'[row % 2]}" for row in range(40)])
    write_csv(tmp_path / "d" / "test.csv", "text,label", ["a text,mixed"])
    said = call("init", "d")
    assert said.code == 2 and said.err.endswith("Here these are set by --labels A,B,C, --set KEY=VALUE.\n")


def test_marked_passages_under_any_name(call: Call, types: list[str], tmp_path: Path) -> None:
    spans = [{"start": 0, "end": 3, "label": "PER"}]
    rows = [json.dumps({"content": f"Ana left {number} times", "marks": spans}) for number in range(30)]
    (tmp_path / "train.jsonl").write_text("\n".join(rows))
    types += [""]
    said = call("init", "train.jsonl")
    assert said.code == 0, said.err
    assert read_recipe(tmp_path / "recipe.yaml").data.columns == {"text": "content", "spans": "marks"}


def test_lists_beside_a_pair_of_texts_are_no_words(call: Call, tmp_path: Path) -> None:
    rows = [
        {
            "annotator_labels": ["x"], "gold_label": ("so", "not so", "-")[row % 3], "pairID": f"p{row}",
            "sentence1": f"a first text, number {row}", "sentence2": f"a second text, number {row}", "notes": [],
        }
        for row in range(60)
    ]  # fmt: skip
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = call("init", "pairs.jsonl", "--yes")
    assert said.code == 0 and "Note: '-' (20 rows) is read as a class" in said.err
    assert read_recipe(tmp_path / "recipe.yaml").data.columns == {
        "text": "sentence1", "text_pair": "sentence2", "label": "gold_label",
    }  # fmt: skip


def test_two_texts_alike_are_offered_as_a_pair_and_alone(call: Call, tmp_path: Path) -> None:
    rows = [f"{row % 2},{row},a first text number {row},a second text number {row}" for row in range(60)]
    write_csv(tmp_path / "pairs.csv", "Quality,#1 ID,#1 String,#2 String", rows)
    said = call("init", "pairs.csv", "--yes")
    for offered in (
        "--column 'text=#1 String' --column 'text_pair=#2 String'  #1 String and #2 String: a pair of texts",
        "--column 'text=#1 String'  #1 String:",
        "--column 'text=#2 String'  #2 String:",
    ):
        assert f"    {offered}" in said.err
    assert call(*shlex.split(said.err.splitlines()[-1])[1:]).code == 0
    assert read_recipe(tmp_path / "recipe.yaml").data.columns == {
        "text": "#1 String", "text_pair": "#2 String", "label": "Quality",
    }  # fmt: skip


def test_other_columns_of_texts_are_no_pair(call: Call, tmp_path: Path) -> None:
    rows = [f"{row % 2},a title for number {row},a text that is longer {row}" for row in range(60)]
    write_csv(tmp_path / "news.csv", "class,headline,story", rows)
    assert "text_pair" not in call("init", "news.csv", "--yes").err


def test_a_table_without_a_header_gets_its_line(call: Call, tmp_path: Path) -> None:
    rows = [f'"{row % 4 + 1}","Title {row}","a long enough text, number {row}"' for row in range(60)]
    (tmp_path / "train.csv").write_text("\n".join(rows) + "\n")
    said = call("init", "train.csv", "--yes")
    line = said.err.splitlines()[-1].strip()
    assert line == "tunecard init train.csv --column 'text=column 3' --column 'label=column 1' --yes"
    assert "train.csv: has no header, as '1' in its first row" in said.err
    assert call(*shlex.split(line)[1:]).code == 0
