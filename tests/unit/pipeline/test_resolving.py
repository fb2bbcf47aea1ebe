"""Every `auto` has a value afterwards, what was given stays, and faults come together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tunecard.adapters.methods.abilities import Ability
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.adapters.methods.registry import METHODS
from tunecard.encoders import load_encoder, locate_base
from tunecard.errors import MachineError, RecipeError
from tunecard.inference import choose_device
from tunecard.pipeline import impossible
from tunecard.pipeline.best import count_trainings
from tunecard.pipeline.learning import Variant
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.resolving import learning_rate_for
from tunecard.rows.dataset import Dataset, Split
from tunecard.tasks import task_for


def small_dataset(rows: int) -> Dataset:
    split = Split("train", list(range(rows)), {"text": ["a b"] * rows}, ["x", "y"] * (rows // 2), {}, "given", {})
    return Dataset(
        "small", "text-classification", ("x", "y"), {"train": split, "validation": split}, {"text": "text"}, None, {}
    )


def without_head(
    kind: str, labels: tuple[str, ...], inputs: dict[str, list[Any]], answers: Sequence[Any] = ()
) -> Dataset:
    """64 rows of a task that PEFT calls FEATURE_EXTRACTION, for it knows no head of it."""
    split = Split("train", list(range(64)), inputs, list(answers or labels) * 32, {}, "given", {})
    return Dataset("small", kind, labels, {"train": split, "validation": split}, {}, None, {})


def small_pairs(rows: int) -> Dataset:
    dataset = small_dataset(rows)
    both = {name: replace(split, inputs={"text": ["a b"] * rows, "text_pair": ["b c"] * rows})
            for name, split in dataset.splits.items()}  # fmt: skip
    return replace(dataset, splits=both, columns={"text": "text", "text_pair": "text_pair"})


@pytest.fixture
def resolved_with(tiny_base: Callable[[str], Path]) -> Callable[..., Any]:
    files = locate_base(str(tiny_base("roberta")))

    def resolved(rows: int = 64, longest_row: int = 10, dataset: Dataset | None = None, **content: Any) -> Any:
        dataset = dataset or small_dataset(rows)
        task = task_for(dataset)
        encoder = load_encoder(files, task.auto_class, task.labels, task.problem_type, 1)
        return Plans(check_recipe({"data": {"source": "x"}, **content})).resolve(dataset, task, encoder, longest_row)

    return resolved


def test_no_auto_is_left_and_each_has_its_rule(resolved_with: Callable[..., Any]) -> None:
    resolved = resolved_with()
    recipe = resolved.recipe
    values = {**recipe.adapter.model_dump(), **recipe.training.model_dump(), "max_length": recipe.data.max_length}
    assert "auto" not in values.values()
    assert recipe.task == "text-classification"
    assert recipe.device in {"cpu", "cuda", "mps"}
    assert recipe.data.max_length == 32  # 34 positions, 32 usable
    assert {"rank", "learning_rate", "epochs", "max_length"} <= set(resolved.rules)


def test_what_is_given_stays(resolved_with: Callable[..., Any]) -> None:
    resolved = resolved_with(adapter={"rank": 3, "alpha": 5}, training={"epochs": 7})
    settings = resolved.recipe.adapter.settings
    assert (settings["rank"], settings["alpha"], resolved.recipe.training.epochs) == (3, 5.0, 7)
    assert not {"rank", "alpha", "epochs"} & set(resolved.rules)


def test_small_data_gets_more_epochs(resolved_with: Callable[..., Any]) -> None:
    assert resolved_with(rows=64).recipe.training.epochs > resolved_with(rows=20_000).recipe.training.epochs


def test_rates_fall_with_the_width() -> None:
    rates = [learning_rate_for(width) for width in (384, 768, 1024)]
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) == 3


def test_faults_of_base_and_task_come_together(resolved_with: Callable[..., Any]) -> None:
    with pytest.raises(RecipeError) as caught:
        resolved_with(data={"source": "x", "max_length": 64}, training={"best_metric": "acuracy"})
    assert str(caught.value) == (
        "2 problems in recipe\n"
        "  training.best_metric must be one of accuracy, macro_f1, mcc, loss for text-classification. Got 'acuracy'. "
        "Did you mean 'accuracy'?\n"
        "  data.max_length must be at most 32, which this base can read. Got 64."
    )


def test_weights_of_classes_are_refused_where_there_are_no_classes(resolved_with: Callable[..., Any]) -> None:
    split = Split("train", list(range(8)), {"text": ["a b"] * 8}, [0.5, 1.5] * 4, {}, "given", {})
    numbers = Dataset("small", "regression", ("score",), {"train": split, "validation": split}, {}, None, {})
    with pytest.raises(RecipeError, match="class_weights must be none for regression, which has no classes. Got bal"):
        resolved_with(dataset=numbers, training={"class_weights": "balanced"})


def test_faults_of_the_recipe_alone_come_together() -> None:
    recipe = check_recipe(
        {
            "data": {"source": "x"},
            "adapter": {"method": "lara"},
            "training": {"precision": "fp8"},
            "card": {"region": "Atlantis"},
        }
    )
    with pytest.raises(RecipeError) as caught:
        Plans(recipe).check()
    assert len(caught.value.problems) == 3
    assert "Did you mean 'lora'?" in caught.value.problems[0]


def test_a_regime_that_is_none_is_told_with_the_nearest() -> None:
    recipe = check_recipe({"data": {"source": "x"}, "training": {"precision": "bf16-mixd"}})
    with pytest.raises(RecipeError) as caught:
        Plans(recipe).check()
    assert str(caught.value) == (
        "recipe: training.precision must be one of auto, fp32, bf16-mixed, fp16-mixed, bf16, fp16, fp8-mixed. "
        "Got 'bf16-mixd'. Did you mean 'bf16-mixed'?"
    )


def test_what_is_stored_in_float8_is_stored_in_nothing_else() -> None:
    recipe = check_recipe({"data": {"source": "x"}, "training": {"precision": "fp8-mixed", "base_weights": "nf4"}})
    with pytest.raises(RecipeError, match=r"training\.base_weights must be full with training\.precision fp8-mixed"):
        Plans(recipe).check()


def test_a_method_may_ask_how_the_base_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "lora", replace(METHODS["lora"], base_weights=("nf4", "int8")))
    told = (
        r"training\.base_weights must be nf4 or int8 with adapter\.method lora, which starts from what that takes from "
        r"each weight\. Got full\. Type --set training\.base_weights=nf4\."
    )
    with pytest.raises(RecipeError, match=told):
        Plans(check_recipe({"data": {"source": "x"}})).check()
    Plans(check_recipe({"data": {"source": "x"}, "training": {"base_weights": "int8"}})).check()


@pytest.mark.parametrize("precision", ["fp32", "bf16-mixed", "fp16-mixed", "bf16", "fp16", "fp8-mixed"])
def test_regimes_that_are_offered_pass(resolved_with: Callable[..., Any], precision: str) -> None:
    Plans(check_recipe({"data": {"source": "x"}, "training": {"precision": precision}})).check()
    assert resolved_with(training={"precision": precision}).recipe.training.precision == precision


def test_frozen_products_are_as_the_precision_says(resolved_with: Callable[..., Any]) -> None:
    resolved = resolved_with()
    assert resolved.recipe.training.frozen_products == "as-precision"
    assert resolved.learns_on == "full"
    assert resolved_with(training={"frozen_products": "int8"}).learns_on == "int8-products"


def test_a_control_is_not_a_method() -> None:
    recipe = check_recipe({"data": {"source": "x"}, "adapter": {"method": "full"}})
    with pytest.raises(RecipeError, match="evaluation.controls"):
        Plans(recipe).check()


def test_a_type_of_peft_that_is_no_method_is_refused_with_the_reason() -> None:
    recipe = check_recipe({"data": {"source": "x"}, "adapter": {"method": "shadow"}})
    with pytest.raises(RecipeError, match="Shadow is no method here: PEFT's shadow model reads layers of decoders"):
        Plans(recipe).check()


def test_a_learned_prompt_takes_places_of_the_row(resolved_with: Callable[..., Any]) -> None:
    resolved = resolved_with(longest_row=30, adapter={"method": "prefix_tuning", "virtual_tokens": 12})
    assert resolved.max_length == 32 - 12
    with pytest.raises(RecipeError) as caught:
        resolved_with(data={"source": "x", "max_length": 21}, adapter={"method": "p_tuning", "virtual_tokens": 12})
    assert caught.value.problems == [
        "data.max_length must be at most 20, which this base can read beside 12 learned tokens. Got 21."
    ]
    with pytest.raises(RecipeError, match="adapter.virtual_tokens must be under 32: this base reads as many"):
        resolved_with(adapter={"method": "prompt_tuning", "virtual_tokens": 32})


def test_numbers_that_do_not_fit_the_layers_are_refused_before_training(resolved_with: Callable[..., Any]) -> None:
    with pytest.raises(RecipeError) as caught:
        resolved_with(adapter={"method": "c3a", "block_size": 24})
    assert caught.value.problems == [
        "adapter.block_size must divide the inputs and outputs of every layer with an update, so 32. Got 24."
    ]


def test_a_method_that_cannot_do_a_task_is_refused(
    resolved_with: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"AutoModelForSequenceClassification": "stock PEFT gives other answers"}
    unable = {"lora": Ability(told, True, True, {})}
    monkeypatch.setattr(impossible, "read_abilities", lambda: unable)
    with pytest.raises(
        RecipeError, match=r"lora does not \(stock PEFT gives other answers\). `tunecard methods` lists"
    ):
        resolved_with()


def test_what_fails_for_one_task_of_a_peft_type_is_refused_for_that_task_alone(
    resolved_with: Callable[..., Any],
) -> None:
    prompt = {"method": "prompt_tuning", "virtual_tokens": 4}
    choices = {"text": ["a b"] * 64, "choices": [["a", "b c"]] * 64}
    with pytest.raises(RecipeError) as caught:
        resolved_with(dataset=without_head("multiple-choice", ("A", "B"), choices), adapter=prompt)
    assert caught.value.problems == [
        "adapter.method must be one that learns multiple-choice: prompt_tuning does not (PEFT puts a learned prompt in "
        "front of one sequence a row, and here a row has several). `tunecard methods` lists which do."
    ]
    pairs = {"text": ["a b"] * 64, "text_pair": ["b c"] * 64}
    resolved_with(dataset=without_head("sentence-embedding", ("score",), pairs, [0.0, 1.0]), adapter=prompt)


def test_heads_learn_at_no_higher_rate_than_they_can(resolved_with: Callable[..., Any]) -> None:
    plan = resolved_with(adapter={"method": "fourierft"}).training(0)
    assert (plan.learning_rate, plan.head_learning_rate) == (5e-2, 2e-3)
    slow = resolved_with(adapter={"method": "fourierft"}, training={"learning_rate": 1e-4}).training(0)
    assert slow.head_learning_rate == 1e-4


def test_a_device_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(MachineError, match="torch finds no CUDA GPU"):
        choose_device("cuda:1")


@pytest.mark.parametrize("targets", ["auto", ["query"], ["layer.0.attention.self.value"]])
def test_a_prefix_to_cache_must_exist(resolved_with: Callable[..., Any], targets: Any) -> None:
    with pytest.raises(RecipeError, match="training.cache_frozen_prefix needs adapters in the top layers only"):
        resolved_with(adapter={"target_modules": targets}, training={"cache_frozen_prefix": True})
    resolved_with(adapter={"target_modules": ["layer.1.attention.self.query"]}, training={"cache_frozen_prefix": True})


@pytest.mark.parametrize(
    ("adapter", "training", "told"),
    [
        ({"layers": "top-3"}, {}, "adapter.layers must be all or top-1 to top-2: this base has 2 layers"),
        ({"layers": "top-1", "method": "ia3"}, {}, "adapter.layers must be all with adapter.method ia3"),
        (
            {"layers": "top-1", "target_modules": ["layer.1.attention.self.query"]}, {},
            "adapter.layers must be all where adapter.target_modules names layers by number",
        ),
        ({"layers": "top-2"}, {"cache_frozen_prefix": True}, "training.cache_frozen_prefix needs adapters in the top"),
    ],
)  # fmt: skip
def test_layers_that_cannot_be_are_refused(
    resolved_with: Callable[..., Any], adapter: dict[str, Any], training: dict[str, Any], told: str
) -> None:
    with pytest.raises(RecipeError, match=told):
        resolved_with(adapter=adapter, training=training)


def test_what_lies_below_is_kept_only_where_layers_leave_anything(resolved_with: Callable[..., Any]) -> None:
    whole = resolved_with()
    assert (whole.recipe.training.cache_frozen_prefix, whole.training(0).cache_frozen_prefix) == (False, False)
    assert "layers" not in whole.hyperparameters
    open_yet = resolved_with(adapter={"layers": "top-1"})  # disk and rows decide, when they are known
    assert open_yet.recipe.training.cache_frozen_prefix == "auto"
    decided = open_yet.keeping_states(True, "room")
    assert decided.training(0).cache_frozen_prefix
    assert not decided.training(0, "full").cache_frozen_prefix
    assert decided.rules["cache_frozen_prefix"] == "room"
    resolved_with(adapter={"layers": "top-1"}, training={"cache_frozen_prefix": True})


def test_few_validation_labels_choose_no_epoch(resolved_with: Callable[..., Any]) -> None:
    few, many = (resolved_with(rows=rows).recipe.training for rows in (48, 50))
    assert (few.keep, few.early_stopping) == ("last", False)
    assert (many.keep, many.early_stopping) == ("level", False)  # a warm start is first left at the highest rate
    cold = resolved_with(rows=50, training={"warm_start": "none"}).recipe.training
    assert (cold.keep, cold.early_stopping) == ("level", 3)


def test_the_best_epoch_is_kept_where_it_is_the_headline(resolved_with: Callable[..., Any]) -> None:
    asked = {"evaluation": {"protocol": "best-epoch-dev"}}
    assert [resolved_with(rows=rows, **asked).recipe.training.keep for rows in (48, 50)] == ["best", "best"]


@pytest.mark.parametrize("keep", ["last", "level"])
def test_another_epoch_than_the_headlines_is_refused(resolved_with: Callable[..., Any], keep: str) -> None:
    with pytest.raises(RecipeError, match="training.keep must be best or auto with evaluation.protocol best-epoch-dev"):
        resolved_with(training={"keep": keep}, evaluation={"protocol": "best-epoch-dev"})


def test_a_warm_start_halves_the_rate(resolved_with: Callable[..., Any]) -> None:
    warm, cold = (resolved_with(training={"warm_start": said}).recipe.training for said in ("auto", "none"))
    assert (warm.warm_start, cold.warm_start) == ("mean", "none")
    assert warm.learning_rate == cold.learning_rate / 2
    assert resolved_with(adapter={"train_head": True}).recipe.training.warm_start == "none"  # no probe follows
    assert resolved_with(rows=240).recipe.training.warm_start == "none"  # 120 a class
    assert resolved_with(adapter={"method": "ia3"}).recipe.training.warm_start == "none"


def test_pairs_begin_with_what_both_texts_say_apart(resolved_with: Callable[..., Any]) -> None:
    pairs = small_pairs(64)
    assert resolved_with(dataset=pairs).recipe.training.warm_start == "apart"
    with pytest.raises(
        RecipeError, match=r"training.warm_start must be mean, none or auto for single texts. Got apart"
    ):
        resolved_with(training={"warm_start": "apart"})


def small_choices(rows: int) -> Dataset:
    inputs = {"text": ["a b"] * rows, "choices": [["b", "c"]] * rows}
    split = Split("train", list(range(rows)), inputs, ["A", "B"] * (rows // 2), {}, "given", {})
    columns = {"text": "text", "choices": "choices"}
    return Dataset("c", "multiple-choice", ("A", "B"), {"train": split, "validation": split}, columns, None, {})


def test_choices_are_compared_and_their_places_are_no_groups(resolved_with: Callable[..., Any]) -> None:
    warm = [resolved_with(dataset=small_choices(rows)).recipe.training.warm_start for rows in (60, 62)]
    assert warm == ["apart", "none"]


def test_presets_give_more_or_fewer_steps(resolved_with: Callable[..., Any]) -> None:
    fast, balanced, best = (resolved_with(rows=2_000, quality=name).recipe for name in ("fast", "balanced", "best"))
    assert fast.training.epochs < balanced.training.epochs == best.training.epochs
    assert best.seeds == (42, 43, 44)
    assert resolved_with(quality="best", training={"seed": [7, 9]}).recipe.seeds == (7, 9)


def test_the_best_is_five_trainings_where_validation_can_choose(resolved_with: Callable[..., Any]) -> None:
    counts = {
        (quality, rows): count_trainings(resolved_with(rows=rows, quality=quality), rows)
        for quality in ("balanced", "best")
        for rows in (48, 64)
    }
    assert counts == {("balanced", 48): 1, ("balanced", 64): 1, ("best", 48): 3, ("best", 64): 5}


def test_without_test_rows_the_protocol_must_say_so() -> None:
    content = {"data": {"source": "x", "splits": {"test": None}}}
    with pytest.raises(RecipeError) as caught:
        Plans(check_recipe(content)).check()
    assert "data.splits.test must name a split where evaluation.protocol is held-out" in str(caught.value)
    Plans(check_recipe({**content, "evaluation": {"protocol": "best-epoch-dev"}})).check()


def test_a_published_score_is_of_a_measure_of_the_task(resolved_with: Callable[..., Any]) -> None:
    target = {"metric": "acuracy", "split": "test", "value": 0.9, "by": "a", "source": "b"}
    with pytest.raises(RecipeError) as caught:
        resolved_with(evaluation={"targets": [target]})
    assert "metric must be one of" in str(caught.value) and "Did you mean 'accuracy'?" in str(caught.value)


def test_the_head_may_learn_at_a_rate_of_its_own(resolved_with: Callable[..., Any]) -> None:
    resolved = resolved_with(training={"learning_rate": 1e-2, "head_learning_rate": 6e-3})
    assert (resolved.training(1).learning_rate, resolved.training(1).head_learning_rate) == (1e-2, 6e-3)
    assert Variant(rate=5e-3).of(resolved.training(1)).head_learning_rate == 3e-3  # keeps its ratio
    assert resolved.hyperparameters["head_learning_rate"] == 6e-3
    alike = resolved_with(training={"learning_rate": 1e-2})
    assert alike.training(1).head_learning_rate == 1e-2 and "head_learning_rate" not in alike.hyperparameters
