"""A recipe with the mistakes that people make: what was meant is said, and all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecard.adapters.methods.recipes import check_recipe, known, read_recipe
from tunecard.adapters.methods.registry import METHODS
from tunecard.errors import RecipeError
from tunecard.recipe.other_names import OTHER_NAMES
from tunecard.recipe.reading import _recipe_with
from tunecard.recipe.unknown_keys import paths_of

GOOD = "data: {source: x}\n"


def fault(folder: Path, text: str, *settings: str) -> str:
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        read_recipe(folder / "recipe.yaml", settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("training.max_length", "data.max_length"),
        ("epochs", "training.epochs"),
        ("lr", "training.learning_rate"),
        ("training.lr", "training.learning_rate"),
        ("training.batch_size", "training.train_batch_size"),
        ("training.num_train_epochs", "training.epochs"),
        ("per_device_train_batch_size", "training.train_batch_size"),
        ("adapter.lora_alpha", "adapter.alpha"),
        ("adapter.r", "adapter.rank"),
        ("lora_dropout", "adapter.dropout"),
        ("model_name_or_path", "base_model"),
        ("data.model_name_or_path", "base_model"),
        ("seed", "training.seed"),
        ("training.rank", "adapter.rank"),
        ("labels", "data.labels"),
        ("licence", "card.license"),
        ("data.seeed", "training.seed"),
    ],
)
def test_a_key_of_another_place_or_program_is_suggested(tmp_path: Path, written: str, meant: str) -> None:
    said = fault(tmp_path, GOOD, f"{written}=3")
    assert said == f"--set {written} is not a key. Did you mean `{meant}`?"


def test_every_other_name_leads_to_a_key() -> None:
    schema = _recipe_with(known().adapter_block(None), known().tasks)
    keys = {path for name in METHODS for path in paths_of(_recipe_with(known().adapter_block(name), known().tasks))}
    assert set(OTHER_NAMES.values()) <= set(paths_of(schema))
    assert set(known().other_names.values()) <= {*paths_of(schema), *keys}
    assert not set(OTHER_NAMES) & {path.rpartition(".")[2] for path in paths_of(schema)}


def test_faults_of_file_and_command_line_come_in_one_message(tmp_path: Path) -> None:
    text = GOOD + "training: {epochs: 0}\n"
    assert fault(tmp_path, text, "adapter.rank=x", "nonsense", "training.seed:3", "adapter.alpha=[") == (
        "5 problems in recipe.yaml\n"
        "  training.epochs must be an integer in [1, 10000], or auto. Got 0.\n"
        "  --set adapter.rank must be an integer in [1, 1024], or auto. Got 'x'.\n"
        "  --set takes key=value, such as training.epochs=5. Got 'nonsense'.\n"
        "  --set takes key=value, such as training.epochs=5. Got 'training.seed:3'. Did you mean --set training.seed=3?\n"
        "  --set adapter.alpha: the value '[' is not YAML. Put it in quotation marks, for the shell and for YAML."
    )
    both = fault(tmp_path, "data: [", "nonsense")
    assert "recipe.yaml" in both and "opens a bracket" in both and "Got 'nonsense'" in both


def test_one_name_is_a_list_of_one_and_a_list_of_one_is_told() -> None:
    recipe = check_recipe({
        "data": {"source": "x"},
        "adapter": {"target_modules": "query"},
        "evaluation": {"factors": "theme", "controls": "head"},
        "training": {"log_to": "wandb"},
    })  # fmt: skip
    assert recipe.adapter.settings["target_modules"] == ["query"]
    assert (recipe.evaluation.factors, recipe.evaluation.controls) == (["theme"], ["head"])
    assert recipe.training.log_to == ["wandb"]
    assert check_recipe({"data": {"source": "x"}, "adapter": {"target_modules": "all-linear"}}) != recipe
    ia3 = check_recipe({"data": {"source": "x"}, "adapter": {"method": "ia3", "target_modules": "key"}})
    assert ia3.adapter.settings["target_modules"] == ["key"]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("training: {epochs: [3]}", "Got [3]. Write epochs: 3, without the brackets."),
        ("evaluation: {factors: 'length, theme'}", "Got 'length, theme'. Write a list: factors: [length, theme]."),
        ("evaluation: {controls: 'full,head'}", "Got 'full,head'. Write a list: controls: [full, head]."),
    ],
)
def test_brackets_too_many_or_too_few(tmp_path: Path, text: str, end: str) -> None:
    assert fault(tmp_path, GOOD + text).endswith(end)


def test_labels_are_never_split_at_commas(tmp_path: Path) -> None:
    said = fault(tmp_path, "data: {source: x, labels: 'a,b'}")
    assert said.endswith("Got 'a,b'. Write a list: labels: [a, b].")
    assert fault(tmp_path, "data: {source: x, labels: [1, 2]}").endswith('YAML reads it as a number: quote it, as "1".')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data:\n\tsource: x", "line 2 is indented with a tab. YAML takes blanks only: type two of them."),
        (
            "data: {source: x}\ncard:\n  direct_use: Triage: abstracts",
            'line 3 has a second colon with a blank behind it. Put the value in quotation marks: '
            'direct_use: "Triage: abstracts"',
        ),
        ("data: source: x", 'line 1 has a second colon with a blank behind it. Put the value in quotation marks: '
         'data: "source: x"'),
        ("card:\n  direct_use: *important*", "line 2 has a value that begins with an asterisk. Put the value in "
         'quotation marks: direct_use: "*important*"'),
        ("card:\n  contact: @author", 'line 2 has a value that begins with a sign that YAML keeps. Put the value in '
         'quotation marks: contact: "@author"'),
        ("data: {source: x}\ncard:\n  risks: 'never closed\n  language: en", "line 3 opens a quotation mark that is "
         "never closed."),
        ("data: {source: x\ntraining: {epochs: 3}", "line 1 opens a bracket that is never closed, or lacks a comma "
         "inside."),
        ("data:\n  source: x\n columns: {text: a}", "line 3 is not indented like the keys beside it, or is no "
         "`key: value`."),
        ("data:\n  source: x\nepochs", "line 3 is no `key: value`. Put a colon and a blank behind the key."),
    ],
)  # fmt: skip
def test_traps_of_yaml_are_told_with_line_and_way_out(tmp_path: Path, text: str, said: str) -> None:
    assert fault(tmp_path, text) == f"recipe.yaml: is not YAML: {said}"
