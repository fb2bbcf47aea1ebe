"""Tab offers what there is, quickly, in bash and zsh, by the scripts that typer writes."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tunecard
from tunecard.adapters.methods.registry import METHODS
from tunecard.cli import completions
from tunecard.cli.app import OFFERED, build_command
from tunecard.recipe.schema import AdapterRecipe, Recipe
from tunecard.tasks import TASKS

SOURCE = Path(tunecard.__file__).parents[1]
HEAVY = ("torch", "transformers", "numpy", "pyarrow", "matplotlib", "rich")


def ask(folder: Path, *words: str, **environment: str) -> str:
    """What a process answers, with the variables that a shell would set."""
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "tunecard", *words],
        capture_output=True, text=True, check=True, cwd=folder, env={**known, **environment},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def in_bash(folder: Path, line: str) -> list[str]:
    words = line.split(" ")
    answer = ask(folder, _TUNECARD_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1))
    return answer.split()


def in_zsh(folder: Path, line: str) -> str:
    return ask(folder, _TUNECARD_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=line)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "runs/first").mkdir(parents=True)
    (tmp_path / "runs/second").mkdir()
    (tmp_path / "runs/first/evidence.json").write_text("{}")
    (tmp_path / "recipe.yaml").write_text("")
    (tmp_path / "rows.csv").write_text("")
    (tmp_path / ".hidden.yaml").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tunecard ver", ["verify"]),
        ("tunecard verify ", ["runs/first/", "runs/second/"]),  # the only folder, which holds only folders, is gone into
        ("tunecard verify runs/f", ["runs/first/"]),
        ("tunecard verify --d", ["--deep", "--data"]),
        ("tunecard compare runs/first runs/s", ["runs/second/"]),
        ("tunecard run re", ["recipe.yaml"]),
        ("tunecard run peft-mrpc-l", ["peft-mrpc-lora"]),
        ("tunecard recipes lora-r", ["lora-rte"]),
        ("tunecard init ro", ["rows.csv"]),
        ("tunecard predict runs/first ro", ["rows.csv"]),
        ("tunecard predict runs/first rows.csv --device c", ["cpu", "cuda"]),
        ("tunecard complete runs/first --task ", list(TASKS)),
        ("tunecard run recipe.yaml --set training.sc", ["training.schedule=linear", "training.schedule=cosine"]),
        ("tunecard run recipe.yaml --set training.e", ["training.epochs=", "training.early_stopping="]),
        ("tunecard run recipe.yaml --set adapter.ran", ["adapter.rank=auto"]),
        ("tunecard run recipe.yaml --set card.lic", ["card.license="]),
        ("tunecard verify nowhere/at/all", []),
    ],
)  # fmt: skip
def test_bash_is_offered_what_there_is(place: Path, line: str, offered: list[str]) -> None:
    assert in_bash(place, line) == offered


def test_zsh_is_offered_the_same_with_a_line_of_help(place: Path) -> None:
    assert '"verify":"Is a run consistent with its own evidence?"' in in_zsh(place, "tunecard ver")
    assert '"recipe.yaml"' in in_zsh(place, "tunecard run re")
    assert '"training.schedule=cosine"' in in_zsh(place, "tunecard run recipe.yaml --set training.schedule=c")
    assert in_zsh(place, "tunecard verify nowhere/").strip() == "_files"


def test_the_script_for_bash_completes(place: Path) -> None:
    """As a person would: the script is sourced, and its function fills COMPREPLY."""
    script = ask(place, "--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    (place / "tunecard").write_text(f'#!/bin/sh\nexec {sys.executable} -m tunecard "$@"\n')
    (place / "tunecard").chmod(0o755)
    line = (
        f"{script}\nCOMP_WORDS=(tunecard verify runs/f); COMP_CWORD=2; _tunecard_completion ./tunecard; "
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-c", line],
        capture_output=True, text=True, check=True, cwd=place, env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert done.stdout == "runs/first/\n"


@pytest.mark.parametrize(("shell", "file"), [("bash", ".bashrc"), ("zsh", ".zshrc")])
def test_it_is_installed_into_ones_own_home(place: Path, shell: str, file: str) -> None:
    said = ask(place, "--install-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert f"{shell} completion installed in" in said and (place / file).is_file()
    shown = ask(place, "--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert f"complete_{shell}" in shown


def test_every_key_of_a_recipe_is_offered_and_each_offer_is_read(place: Path) -> None:
    from tunecard.adapters.methods.recipes import read_recipe

    keys = [word.removesuffix("=") for word in completions.settings("")]
    fields = [key for key in keys if "." not in key]
    assert set(fields) == {
        name for name, field in Recipe.model_fields.items() if not hasattr(field.annotation, "model_fields")
    }
    assert {"data.sample.train", "adapter.rank", "adapter.alpha", "card.license", "evaluation.cluster"} <= set(keys)
    (place / "recipe.yaml").write_text("data: {source: rows.csv}\n")
    words = [word for key in keys for word in completions.settings(f"{key}=") if word[-1] != "="]
    assert len(words) > 40
    for word in words:  # what Tab offers the recipe takes, a method's own key with that method
        methods = [name for name, method in METHODS.items() if _is_of(word, {one.key for one in method.settings})]
        assert methods and read_recipe(place / "recipe.yaml", [f"adapter.method={methods[0]}", word])


def _is_of(word: str, keys: set[str]) -> bool:
    """Whether a method takes the setting: its own keys, and those that every block has."""
    key = word.partition("=")[0].removeprefix("adapter.")
    return not word.startswith("adapter.") or key in {*keys, *AdapterRecipe.model_fields}


def test_hidden_files_are_offered_when_asked_for(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    assert completions.recipe_files("") == ["recipe.yaml", "runs/"]
    assert completions.recipe_files(".h") == [".hidden.yaml"]
    monkeypatch.setenv("HOME", str(place))
    assert completions.any_files("~/ro") == ["~/rows.csv"]


def test_every_value_with_a_path_in_its_word_has_an_offer() -> None:
    words = {param.metavar for command in build_command().commands.values() for param in command.params}
    taken = {str(word).strip("[]") for word in words if word} & set(OFFERED)
    assert taken == set(OFFERED)  # no word of the table is one that no command has


def test_it_is_quick_and_imports_nothing_heavy(place: Path) -> None:
    script = (
        f"import sys\nfrom tunecard.cli import main\ntry:\n    main([])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    for line in ("tunecard ver", "tunecard complete x --task t", "tunecard run r.yaml --set t"):
        shell = {"_TUNECARD_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **shell}
        spent = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert re.sub(r"\s", "", done.stderr) == "[]"
        assert min(spent) < 1.0  # 0.2 s of processor time on a calm machine
