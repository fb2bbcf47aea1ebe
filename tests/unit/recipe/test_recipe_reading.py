"""The recipe: all faults at once with exact texts, settings over the file, and the YAML that is written back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tunecard.adapters.methods.recipes import check_recipe, read_recipe
from tunecard.errors import RecipeError
from tunecard.recipe import Recipe, apply_settings, recipe_to_yaml
from tunecard.recipe.schema import JoinedSource


def read(folder: Path, text: str, *settings: str) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path, settings)


def fault(folder: Path, text: str, *settings: str) -> str:
    with pytest.raises(RecipeError) as caught:
        read(folder, text, *settings)
    return str(caught.value)


def test_defaults_are_the_contracts(tmp_path: Path) -> None:
    recipe = read(tmp_path, "data: {source: x.csv}")
    training = recipe.training
    assert (recipe.base_model, recipe.revision, recipe.device, recipe.seeds) == ("embedded", None, "auto", (42,))
    assert (training.weight_decay, training.warmup_ratio, training.schedule) == (0.01, 0.06, "linear")
    assert (training.gradient_accumulation_steps, training.max_grad_norm, training.log_to) == (1, 1.0, [])
    assert (recipe.evaluation.factors, recipe.evaluation.protocol) == (["length", "auto"], "held-out")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = """
data: {source: x, max_length: 4}
adapter: {rank: 0, alpha: .inf}
training: {learning_rat: 1, epochs: x}
evaluation: {controls: [fulll]}
"""
    assert fault(tmp_path, text) == (
        "6 problems in recipe.yaml\n"
        "  data.max_length must be an integer in [8, 65536], or auto. Got 4.\n"
        "  adapter.rank must be an integer in [1, 1024], or auto. Got 0.\n"
        "  adapter.alpha must be a number above 0, or auto. Got inf.\n"
        "  training.epochs must be an integer in [1, 10000], or auto. Got 'x'.\n"
        "  training.learning_rat is not a key. Did you mean 'learning_rate'?\n"
        "  evaluation.controls must be a list of full, head, each at most once. Got 'fulll'."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "adapter: 3",
            "2 problems in recipe.yaml\n  data is missing. It must be a mapping of its keys.\n"
            "  adapter must be a mapping of its keys. Got 3.",
        ),
        ("", "recipe.yaml: data is missing. It must be a mapping of its keys."),
        ("[1]", "recipe.yaml: a recipe is a mapping of keys. Got list."),
        ("data: {source: x}\n1: 2", "recipe.yaml: 1 is not a key."),
        ("data: {source: x}\ntraining:", "recipe.yaml: training must be a mapping of its keys. Got None."),
        (
            "data: {source: x}\ncard: {language: no}",
            "recipe.yaml: card.language must be a language code such as en, or a list of them (quoted). Got False. "
            "YAML reads a bare yes, no, on or off as true or false: quote it, such as \"no\".",
        ),
        (
            "data: {source: x, labels: [yes, no]}",
            "recipe.yaml: data.labels must be a list of label names in the order of their ids, or null. Got True. "
            "YAML reads a bare yes, no, on or off as true or false: quote it, such as \"yes\".",
        ),
        (
            "data: {source: x}\ntraining: {early_stopping: true}",
            "recipe.yaml: training.early_stopping must be a number of epochs without gain (at least 1), false, or auto. "
            "Got True.",
        ),
        (
            "data: {source: x}\nadapter: {rank: true}",
            "recipe.yaml: adapter.rank must be an integer in [1, 1024], or auto. Got True.",
        ),
        (
            "data: {source: x}\ntraining: {seed: [1, a]}",
            "recipe.yaml: training.seed must be an integer of at least 0, or a list of different ones. Got [1, 'a'].",
        ),
        (
            "data: {source: x}\ntraining: {seed: [1, 1]}\nevaluation: {controls: [head, head]}",
            "2 problems in recipe.yaml\n"
            "  training.seed must be an integer of at least 0, or a list of different ones. Got [1, 1].\n"
            "  evaluation.controls must be a list of full, head, each at most once. Got ['head', 'head'].",
        ),
        (
            "data: {source: x, sample: {tset: 3}}",
            "recipe.yaml: data.sample.tset is not a key. Did you mean 'test'?",
        ),
        (
            "data:\n  source: x\ntraining: {epochs: 1}\ndata: {source: y}",
            "recipe.yaml: line 4: the key 'data' stands twice (first in line 1). Keep one.",
        ),
        ("data:\n  source: x\n  source: y", "recipe.yaml: line 3: the key 'source' stands twice (first in line 2). Keep one."),
    ],
)  # fmt: skip
def test_each_fault_says_what_must_hold_and_what_came(tmp_path: Path, text: str, message: str) -> None:
    assert fault(tmp_path, text) == message


def test_a_file_that_is_missing_or_broken(tmp_path: Path) -> None:
    (tmp_path / "recipes.yaml").write_text("x")
    with pytest.raises(RecipeError) as caught:
        read_recipe(tmp_path / "recipe.yaml")
    expected = (
        f"{tmp_path / 'recipe.yaml'}: no such recipe. Did you mean 'recipes.yaml'? `tunecard init DATA` writes one."
    )
    assert str(caught.value) == expected
    assert "recipe.yaml: is not YAML:" in fault(tmp_path, "data: [")
    (tmp_path / "recipe.yaml").write_bytes(b"data: \xff\xfe")
    with pytest.raises(RecipeError, match="cannot be read as a UTF-8 text file"):
        read_recipe(tmp_path / "recipe.yaml")


def test_yaml_never_makes_objects(tmp_path: Path) -> None:
    assert "is not YAML" in fault(tmp_path, "data: !!python/object/apply:os.getcwd []")


def test_a_rate_without_a_dot_is_a_number(tmp_path: Path) -> None:
    # YAML 1.1 reads 1e-3 as text; people write it so.
    assert read(tmp_path, "data: {source: x}\ntraining: {learning_rate: 1e-3}").training.learning_rate == 0.001


def test_merge_keys_are_no_second_keys(tmp_path: Path) -> None:
    text = "data: &a {source: x, max_length: 64}\n"
    assert fault(tmp_path, text + "extra:\n  <<: *a\n  source: y") == "recipe.yaml: extra is not a key."


def test_settings_stand_over_the_file(tmp_path: Path) -> None:
    text = "data: {source: x}\ntraining: {epochs: 3}"
    recipe = read(
        tmp_path, text, "training.epochs=5", "training.learning_rate=1e-4", "adapter.target_modules=[query, value]"
    )
    assert (recipe.training.epochs, recipe.training.learning_rate) == (5, 1e-4)
    assert recipe.adapter.settings["target_modules"] == ["query", "value"]
    assert fault(tmp_path, text, "training.epochz=5") == "--set training.epochz is not a key. Did you mean 'epochs'?"
    assert fault(tmp_path, text, "nonsense") == "--set takes key=value, such as training.epochs=5. Got 'nonsense'."
    assert fault(tmp_path, text, "training.epochs=[") == (
        "--set training.epochs: the value '[' is not YAML. Put it in quotation marks, for the shell and for YAML."
    )


def test_settings_leave_the_given_mapping_alone() -> None:
    content = {"training": {"epochs": 3}}
    assert apply_settings(content, ["training.epochs=5"]) == {"training": {"epochs": 5}}
    assert content == {"training": {"epochs": 3}}


@pytest.mark.parametrize("key", ["max_length", "rank", "alpha", "dropout", "epochs", "learning_rate", "early_stopping"])
def test_auto_may_be_written_out(tmp_path: Path, key: str) -> None:
    block = "data" if key == "max_length" else "adapter" if key in {"rank", "alpha", "dropout"} else "training"
    assert getattr(getattr(read(tmp_path, "data: {source: x}", f"{block}.{key}=auto"), block), key) == "auto"


def test_a_recipe_is_frozen() -> None:
    recipe = check_recipe({"data": {"source": "x"}})
    with pytest.raises(ValueError, match="frozen"):
        recipe.training.epochs = 3  # type: ignore[misc]


def test_the_written_yaml_reads_back_equal(tmp_path: Path) -> None:
    recipe = check_recipe(
        {
            "base_model": "FacebookAI/roberta-base",
            "data": {"source": {"train": "a.csv", "test": "b.csv"}, "labels": ["no", "yes"], "sample": {"train": 7}},
            "adapter": {"rank": 8, "alpha": 12.5, "target_modules": ["query"], "train_head": "from-probe"},
            "training": {"learning_rate": 3e-5, "seed": [0, 1], "early_stopping": False, "log_to": ["wandb"]},
            "card": {"language": ["en", "no"], "risks": "Zürich: 'quotes' and #"},
        }
    )
    text = recipe_to_yaml(recipe, header="first\nsecond")
    assert text.startswith("# first\n# second\nbase_model: ")
    assert read(tmp_path, text) == recipe


def test_the_written_yaml_shows_every_key() -> None:
    written = yaml.safe_load(recipe_to_yaml(check_recipe({"data": {"source": "x"}})))
    assert written.keys() == Recipe.model_fields.keys()
    assert written["card"].keys() == Recipe.model_fields["card"].annotation.model_fields.keys()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "source",
    [
        "/home/anna/data/train.csv",
        ["/home/anna/train.csv", "~anna/more.csv"],
        {"train": "../anna/train.csv", "test": "data/../../anna/x.csv"},
    ],
)
def test_no_path_of_the_machine_is_written(source: object) -> None:
    recipe = check_recipe({"base_model": "/home/anna/models/base", "data": {"source": source}})
    written = recipe_to_yaml(recipe)
    assert "anna" not in written
    assert "/" not in str(yaml.safe_load(written)["base_model"]) + str(yaml.safe_load(written)["data"]["source"])


def test_a_joined_source_may_have_a_configuration_of_its_own(tmp_path: Path) -> None:
    recipe = read(tmp_path, "data: {source: [mails, {path: anna/web, config: en}]}")
    again = check_recipe(yaml.safe_load(recipe_to_yaml(recipe, header="")))
    assert again == recipe
    assert again.data.source == ["mails", JoinedSource(path="anna/web", config="en")]
    told = fault(tmp_path, "data: {source: [{path: anna/web, confg: en}]}")
    assert told.startswith("recipe.yaml: data.source must be ") and "{path:, config:, revision:}. Got [{" in told
