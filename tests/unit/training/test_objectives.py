"""Losses, weights and probes of classes and of numbers, against torch and scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge
from torch.nn import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss

from tiny_models import lora_plan
from tiny_training import PLAN, make_split
from tunecard.adapters import add_adapter, trainable_state
from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.errors import RecipeError
from tunecard.inference import predict_logits
from tunecard.inference.batches import collate
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.text_classification import TextClassification
from tunecard.training import FrozenFeatures, Trainer, TrainingData, start_head_from_probe, train
from tunecard.training.linear_probes import probe_choices, probe_numbers, probe_spans
from tunecard.training.objectives import OBJECTIVES

TinyBase = Callable[[str], Path]
CLASSES, NUMBERS, SETS = OBJECTIVES["classes"], OBJECTIVES["numbers"], OBJECTIVES["label sets"]
WEIGHTS = [None, torch.tensor([0.5, 2.0, 3.0])]


def encoded(labels: list[Any], *, of_tokens: bool = False) -> EncodedSplit:
    rows = len(labels)
    starts = [[0, 1]] * rows if of_tokens else None
    return EncodedSplit([[1, 2]] * rows, None, labels, [False] * rows, starts, [0] * rows)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("labels", [[0, 2, 1, 1, 0], [[-100, 0, 2, -100], [-100, 1, -100, -100]]])
def test_the_loss_of_classes_is_torchs(labels: list[Any], weights: torch.Tensor | None) -> None:
    targets = torch.tensor(labels)
    logits = torch.randn(*targets.shape, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    loss = CLASSES.loss_sum(logits, targets, weights)
    mean = loss / CLASSES.weight_of(targets, None if weights is None else weights.tolist())
    by_torch = CrossEntropyLoss(weight=weights)(logits.reshape(-1, 3), targets.reshape(-1))  # as transformers does
    torch.testing.assert_close(mean, by_torch)
    torch.testing.assert_close(*(torch.autograd.grad(each, logits)[0] for each in (mean, by_torch)))


def test_rows_without_any_label_cost_nothing() -> None:
    logits, labels = torch.randn(1, 3, 3, requires_grad=True), torch.full((1, 3), -100)
    loss = CLASSES.loss_sum(logits, labels, None)
    loss.backward()
    assert (loss.item(), CLASSES.weight_of(labels, None)) == (0.0, 0.0)


@pytest.mark.parametrize("objective", [CLASSES, NUMBERS])
def test_half_precision_logits_are_summed_in_single(objective: Any) -> None:
    logits = torch.randn(2, 1, dtype=torch.bfloat16)
    assert objective.loss_sum(logits, torch.tensor([0, 0]), None).dtype == torch.float32


@given(st.lists(st.floats(-200, 200, width=32), min_size=1, max_size=9))
def test_the_loss_of_numbers_is_torchs(targets: list[float]) -> None:
    """Negative ones and -100 too: none of them is left out."""
    labels = torch.tensor(targets)
    logits = torch.linspace(-3, 5, len(targets))[:, None].requires_grad_()
    loss, weight = NUMBERS.loss_sum(logits, labels, None), NUMBERS.weight_of(labels, None)
    assert weight == len(targets)
    by_torch = MSELoss()(logits.squeeze(-1), labels)  # as transformers computes it
    torch.testing.assert_close(loss / weight, by_torch)
    torch.testing.assert_close(torch.autograd.grad(loss, logits)[0], 2 * (logits - labels[:, None]).detach())


def test_what_is_asked_of_a_row() -> None:
    assert encoded([[-100, 2, -100]], of_tokens=True).decisions(0) == [(1, 2)]
    assert encoded([1, -100.0]).decisions(1) == [(0, -100.0)]  # a number, and not IGNORED


def test_balanced_weights_are_of_classes() -> None:
    for of_tokens, labels in enumerate(([1, 1, 1, 0], [[-100, 1, 1], [1, -100, 0]])):
        rows = encoded(labels, of_tokens=bool(of_tokens))
        assert CLASSES.balanced_weights(rows, 3).tolist() == pytest.approx([2.0, 2 / 3, 0.0])
    with pytest.raises(RecipeError, match="Use none"):
        NUMBERS.balanced_weights(encoded([0.5, -1.0]), 1)


def test_only_classes_are_doubted() -> None:
    none = FrozenFeatures(np.zeros((2, 3)), np.array([0.5, -2.0]), np.arange(2), np.zeros(2))
    assert "are numbers" in str(NUMBERS.doubt_labels(none, 0, of_tokens=False))
    assert "fewer than two labels" in str(CLASSES.doubt_labels(none, 0, of_tokens=False))


def features(rows: int, seed: int) -> FrozenFeatures:
    draw = np.random.default_rng(seed)
    values = (draw.normal(size=(rows, 6)) * 7).astype(np.float32)
    labels = values @ np.arange(-2.0, 4.0) - 40 + draw.normal(size=rows)
    return FrozenFeatures(values, labels, np.arange(rows), np.zeros(rows, dtype=np.int64))


def test_the_probe_of_numbers_is_scikit_learns() -> None:
    learned, held = features(40, 0), features(15, 1)
    probe = probe_numbers(learned, held)
    scale = learned.values.std()
    ridge = Ridge(**probe.settings).fit(learned.values.astype(float) / scale, learned.labels)
    answers = held.values @ probe.weight[0] + probe.bias[0]
    np.testing.assert_allclose(answers, ridge.predict(held.values / scale), rtol=1e-4)
    assert (probe.estimator, probe.measure, probe.weight.shape) == ("scikit-learn Ridge", "mean squared error", (1, 6))
    assert probe.score == pytest.approx(float(((answers - held.labels) ** 2).mean()), rel=1e-3)
    assert probe.settings == {"alpha": 1.0}  # hardly any noise: the weakest penalty predicts best
    noise = replace(learned, labels=np.random.default_rng(2).normal(size=40))
    assert probe_numbers(noise, replace(held, labels=np.zeros(15))).settings == {"alpha": 1000.0}


def chosen(rows: int, seed: int, noise: float) -> FrozenFeatures:
    """Three choices a row, of which the right one has the most of the second number."""
    draw = np.random.default_rng(seed)
    values = (draw.normal(size=(rows, 3, 6)) * 7).astype(np.float32)
    right = (values[:, :, 1] + noise * draw.normal(size=(rows, 3))).argmax(axis=1)
    return FrozenFeatures(
        values.reshape(-1, 6), np.repeat(right, 3), np.repeat(np.arange(rows), 3), np.tile(np.arange(3), rows)
    )


@pytest.mark.parametrize("held_rows", [60, 12])
def test_the_probe_of_choices_scores_those_of_a_row_beside_each_other(held_rows: int) -> None:
    learned, held = chosen(80, 0, 1.0), chosen(held_rows, 1, 1.0)
    probe = probe_choices(learned, held)
    assert probe is not None
    said = (held.values @ probe.weight[0] + probe.bias[0]).reshape(held_rows, 3).argmax(axis=1)
    assert probe.score == pytest.approx(float((said == held.labels[::3]).mean()))
    assert probe.score > 0.8
    assert (probe.in_folds is None) is (held_rows == 60)  # few held rows do not tell how much to expect
    alone = replace(learned, rows=np.arange(len(learned)))
    assert probe_choices(alone, held) is None  # nothing to choose between


def drawn_tokens(sequences: int, seed: int) -> FrozenFeatures:
    """Nine tokens a sequence: the answer begins where the second number is highest and ends where the fourth is."""
    draw = np.random.default_rng(seed)
    values = (draw.normal(size=(sequences, 9, 6)) * 7).astype(np.float32)
    first, last = (values[:, :, column].argmax(axis=1)[:, None] == np.arange(9) for column in (1, 3))
    number = np.repeat(np.arange(sequences), 9)
    labels = np.stack([number, first.reshape(-1), last.reshape(-1)], axis=1)
    return FrozenFeatures(values.reshape(-1, 6), labels, number // 2, np.tile(np.arange(9), sequences))


@pytest.mark.parametrize("held", [60, 12])
def test_the_probe_of_spans_tells_the_tokens_of_a_sequence_apart(held: int) -> None:
    learned, others = drawn_tokens(90, 0), drawn_tokens(held, 1)
    probe = probe_spans(learned, others)
    assert probe is not None and (probe.weight.shape, probe.bias.tolist()) == ((2, 6), [0.0, 0.0])
    scores = (others.values @ probe.weight.T).reshape(held, 9, 2).argmax(axis=1)
    right = [others.labels[:, end].reshape(held, 9).argmax(axis=1) for end in (1, 2)]
    assert probe.score == pytest.approx(float(np.mean([scores[:, 0] == right[0], scores[:, 1] == right[1]])))
    assert probe.score > 0.8
    assert np.abs(probe.weight).argmax(axis=1).tolist() == [1, 3]
    alone = replace(learned, labels=np.stack([np.arange(len(learned)), *learned.labels.T[1:]], axis=1))
    assert probe_spans(alone, others) is None  # sequences of one token


@dataclass(frozen=True)
class Length(TextClassification):
    """How long a text is, below zero."""

    labels: tuple[str, ...] = ("length",)
    problem_type: str | None = "regression"
    objective: Any = "numbers"

    def decode(self, logits: np.ndarray, encoded: EncodedSplit, row: int) -> tuple[Any, Any]:
        return float(logits[0]), None


@pytest.fixture
def lengths(tiny_base: TinyBase) -> tuple[Encoder, TrainingData]:
    task: Any = Length()
    base = BaseFiles("anna/tiny", tiny_base("roberta"), None, False)
    encoder = load_encoder(base, task.auto_class, task.labels, task.problem_type, 3)
    for module in encoder.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    splits = []
    for name, rows, seed in (("train", 22, 1), ("validation", 9, 2)):
        texts = make_split(TextClassification(("a",)), name, rows, seed)
        split = TextClassification(("a",)).encode(encoder.tokenizer, texts.inputs, None, 24)
        splits.append(replace(split, label_ids=[-len(text) / 10 for text in texts.inputs["text"]]))
    return encoder, TrainingData(task, splits[0], splits[1], splits[1].label_ids or [], 1)


def test_numbers_are_learned(lengths: tuple[Encoder, TrainingData], tmp_path: Path) -> None:
    encoder, data = lengths
    probe = start_head_from_probe(encoder.model, data, encoder.new_modules, 3)
    assert probe is not None and probe.features is not None
    assert probe.features.labels.tolist() == [(data.train.label_ids or [])[row] for row in probe.features.rows]
    found = np.stack(predict_logits(encoder.model, data.validation, 1))[:, 0]
    error = float(((found - np.array(data.validation.label_ids)) ** 2).mean())
    assert probe.fitted.score == pytest.approx(error, rel=1e-3)

    plan = replace(PLAN, best_metric="loss", epochs=8, train_batch_size=8)
    adapter = lora_plan(encoder.new_modules, "SEQ_CLS")
    model = add_adapter(encoder.model, adapter, 3)
    result = train(model, data, plan, encoder.new_modules, tmp_path)
    assert result.curve[-1].train_loss < 0.5 * result.curve[0].train_loss
    rows = list(range(9))
    batch = collate(data.validation, rows, 1)
    assert batch["labels"].dtype == torch.float32
    with torch.no_grad():
        stock = model(**batch).loss
    assert -(result.rescored or 0.0) == pytest.approx(float(stock), rel=1e-5)


def test_a_step_of_numbers_is_transformers_own(lengths: tuple[Encoder, TrainingData]) -> None:
    encoder, data = lengths
    adapter = lora_plan(encoder.new_modules, "SEQ_CLS")
    model = add_adapter(encoder.model, adapter, 3)
    rows = list(range(22))
    loss = model(**collate(data.train, rows, 1)).loss
    loss.backward()
    expected = {name: tensor.grad.clone() for name, tensor in trainable_state(model).items()}  # type: ignore[union-attr]
    model.zero_grad()
    trainer = Trainer(model, data, replace(PLAN, best_metric="loss"), encoder.new_modules)
    caught: dict[str, torch.Tensor] = {}

    def catch(*arguments: Any) -> torch.Tensor:
        caught.update({name: tensor.grad.clone() for name, tensor in trainable_state(model).items()})  # type: ignore[union-attr]
        return torch.tensor(0.0)

    trainer.accelerator.clip_grad_norm_ = catch  # type: ignore[method-assign, assignment]
    assert trainer.step(rows).mean_loss == pytest.approx(float(loss.detach()), rel=1e-5)
    for name, gradient in expected.items():
        torch.testing.assert_close(caught[name], gradient, rtol=1e-4, atol=1e-5 * float(gradient.abs().max() + 1e-9))


@pytest.mark.parametrize("weights", [None, torch.tensor([0.5, 2.0, 3.0])])
def test_several_labels_have_the_binary_loss_of_stock_transformers(weights: torch.Tensor | None) -> None:
    logits, labels = torch.randn(6, 3), torch.randint(0, 2, (6, 3))
    expected = BCEWithLogitsLoss(pos_weight=weights)(logits, labels.float())
    found = SETS.loss_sum(logits, labels, weights) / SETS.weight_of(labels, None)
    assert torch.allclose(found, expected)


def test_the_yes_of_a_rare_label_weighs_as_much_as_all_of_its_no() -> None:
    labels = [[1, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert SETS.balanced_weights(encoded(labels), 3).tolist() == pytest.approx([1 / 3, 3.0, 1.0])


def test_a_head_of_several_labels_starts_at_the_logistic_regression_of_each() -> None:
    dice = np.random.default_rng(0)
    values = dice.normal(size=(300, 6)).astype(np.float32)
    labels = (values[:, :2] + dice.normal(size=(300, 2)) > 0.3).astype(np.int64)
    learned, held = (
        FrozenFeatures(values[part], labels[part], np.arange(len(values))[part], np.zeros(len(values))[part])
        for part in (slice(0, 200), slice(200, 300))
    )
    probe = SETS.fit_probe(learned, held, 2)
    assert probe is not None
    scale = float(learned.values.std())
    for label in range(2):
        alone = LogisticRegression(C=probe.settings["C"], tol=1e-6).fit(
            learned.values / scale, learned.labels[:, label]
        )
        assert probe.weight[label] == pytest.approx(alone.coef_[0] / scale, abs=5e-3)
        assert probe.bias[label] == pytest.approx(alone.intercept_[0], abs=5e-3)
    assert SETS.fit_probe(replace(learned, labels=np.zeros_like(learned.labels)), held, 2) is None


def test_a_temperature_of_several_labels_is_that_of_their_yes_or_no() -> None:
    logits, labels = SETS.decided([np.array([2.0, -1.0])], EncodedSplit([[1, 2]], None, [[1, 0]], [False]))
    assert logits.tolist() == [[0.0, 2.0], [0.0, -1.0]]
    assert labels.tolist() == [1, 0]
