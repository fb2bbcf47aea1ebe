"""What a path is, is told by its own signs; a command that does not take it says which does."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from cli_stand_ins import Call

import tunecard
from tunecard.cli.telling import wrapped
from tunecard.data.path_kinds import kind_of
from tunecard.errors import RecipeError


@pytest.fixture
def things(tmp_path: Path) -> Path:
    """One of each kind."""
    folders = {
        "run": ["evidence.json", "README.md", "adapter_config.json"],
        "stopped": [],
        "adapter": ["adapter_config.json", "README.md"],
        "base": ["config.json", "model.safetensors"],
        "rows": ["train.csv"],
        "others": ["reviews.csv", "more.csv"],
        "classes/pro": ["1.txt"],
        "nothing": ["notes.docx"],
    }
    for folder, files in folders.items():
        (tmp_path / folder).mkdir(parents=True)
        for file in files:
            (tmp_path / folder / file).write_text("{}")
    (tmp_path / "stopped" / "checkpoints").mkdir()
    texts = {
        "recipe.yaml": "data: {source: x}", "rules.yaml": "min: {}", "broken.yml": "a: [", "card.md": "# m",
        "reviews.csv": "text,label\n", "old.csv.gz": "", "train.py": "", "shot.png": "", "paper.pdf": "",
        "model.safetensors": "", "what": "",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("run", "run"), ("stopped", "stopped run"), ("adapter", "adapter"), ("base", "base"), ("rows", "data folder"),
        ("classes", "data folder"), ("nothing", "folder without data"), ("recipe.yaml", "recipe"),
        ("rules.yaml", None), ("broken.yml", "recipe"), ("card.md", "card"), ("reviews.csv", "data"),
        ("old.csv.gz", "data"), ("train.py", "program"), ("shot.png", "picture"), ("paper.pdf", "document"),
        ("model.safetensors", "weights"), ("what", None), ("missing", None), ("missing/below", None),
    ],
)  # fmt: skip
def test_what_lies_there(things: Path, name: str, kind: str | None) -> None:
    found = kind_of(things / name)
    assert (None if found is None else found.name) == kind


@pytest.mark.parametrize(
    ("typed", "is_a", "lines"),
    [
        ("init recipe.yaml", "a recipe", ["tunecard run recipe.yaml"]),
        ("init run", "a run folder", ["tunecard verify run", "tunecard predict run INPUT", "tunecard card run"]),
        ("init stopped", "the folder of a run that did not end", ["tunecard run recipe.yaml --out stopped --resume"]),
        ("init card.md", "a card", ["tunecard audit card.md"]),
        ("init adapter", "an adapter", ["tunecard complete adapter --data DATA", "tunecard predict adapter INPUT"]),
        ("init base", "a base model", ["tunecard run recipe.yaml --set base_model=base"]),
        ("init train.py", "a program", []),
        ("init shot.png", "a picture", []),
        ("init paper.pdf", "a document", []),
        ("init model.safetensors", "a file of weights", []),
        ("init nothing --out n.yaml", "a folder without a file of rows", []),
        ("run reviews.csv", "a file of rows", ["tunecard init reviews.csv"]),
        ("run rows", "a folder of rows", ["tunecard init rows"]),
        ("run run", "a run folder", ["tunecard verify run", "tunecard predict run INPUT", "tunecard card run"]),
        ("run card.md", "a card", ["tunecard audit card.md"]),
        ("verify card.md", "a card", ["tunecard audit card.md"]),
        ("verify recipe.yaml", "a recipe", ["tunecard run recipe.yaml"]),
        ("verify reviews.csv", "a file of rows", ["tunecard init reviews.csv"]),
        ("verify run/README.md", "a file of the run folder run", ["tunecard verify run"]),
        ("card run/README.md", "a file of the run folder run", ["tunecard card run"]),
        ("push recipe.yaml x/y", "a recipe", ["tunecard run recipe.yaml"]),
        ("predict recipe.yaml reviews.csv", "a recipe", ["tunecard run recipe.yaml"]),
        ("predict reviews.csv run", "in each other's place", ["tunecard predict run reviews.csv"]),
        ("complete rows --data adapter", "in each other's place", ["tunecard complete adapter --data rows"]),
        ("complete run --data rows", "a run folder", ["tunecard verify run", "tunecard predict run INPUT",
                                                      "tunecard card run"]),
        ("audit recipe.yaml", "a recipe", ["tunecard run recipe.yaml"]),
        ("audit reviews.csv", "a file of rows", ["tunecard init reviews.csv"]),
        ("init others --out n.yaml", "Or name one file.", ["tunecard init others/more.csv", "tunecard init others/reviews.csv"]),
    ],
)  # fmt: skip
def test_a_command_says_which_one_takes_it(call: Call, things: Path, typed: str, is_a: str, lines: list[str]) -> None:
    said = call(*typed.split())
    assert (said.code, said.out) == (2, "") and is_a in said.err
    assert [line.strip() for line in said.err.splitlines() if line.startswith("  tunecard ")] == lines


def test_paths_are_quoted_for_the_shell(call: Call, tmp_path: Path) -> None:
    (tmp_path / "my rows; x.csv").write_text("text,label\n")
    line = call("run", "my rows; x.csv").err.splitlines()[-1].strip()
    assert shlex.split(line) == ["tunecard", "init", "my rows; x.csv"]


def test_a_line_to_type_is_never_broken() -> None:
    line = "  tunecard init " + " ".join(["--column text=a"] * 12)
    assert wrapped(f"some words that are long enough\n{line}", 20).splitlines()[-1] == line


def test_what_was_completed_in_its_own_place_may_be_completed_again(
    call: Call, things: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (things / "run" / "original_README.md").write_text("# m")
    (things / "run" / "adapter_config.json").write_text(json.dumps({}))
    assert "takes an adapter made elsewhere" not in call("complete", "run", "--data", "rows").err


def test_python_says_the_same_of_what_is_no_recipe(things: Path) -> None:
    with pytest.raises(RecipeError, match="is a file of rows; a recipe is needed. Type:\n  tunecard init"):
        tunecard.run(things / "reviews.csv")


def test_of_a_folder_of_many_files_three_lines_are_told(call: Call, tmp_path: Path) -> None:
    for number in range(80):
        (tmp_path / f"part{number:02}.csv").write_text("text,label\na,b\n")
    said = call("init", ".")
    assert said.code == 2 and said.err.count("tunecard init") == 3
