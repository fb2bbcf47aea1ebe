"""A head that is taught a view comes to read it, without a label and in any architecture that has one hidden layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel

from tiny_models import lora_plan
from tiny_training import PLAN, make_data
from tunecard.adapters import add_adapter, trainable_state
from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.encoders.hidden_layer import has_open_head, hidden_layer, with_open_head
from tunecard.encoders.layer_prefix import states_below
from tunecard.encoders.packed_batch import PackedBatch
from tunecard.rows.vectors import MEAN
from tunecard.tasks.multiple_choice import MultipleChoice
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification
from tunecard.training import TrainingData, train
from tunecard.training.frozen_prefix import cache as prefix_cache
from tunecard.training.regime import Precision
from tunecard.training.result import NoWarmStart, WarmStart
from tunecard.training.warm_start import ReadRows, start_at_view

TinyBase = Callable[[str], Path]
TASK = TextClassification(("no", "yes", "maybe"))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def load(base: Path) -> tuple[Encoder, TrainingData, ReadRows]:
    files = BaseFiles("anna/tiny", base, None, False)
    encoder = with_open_head(load_encoder(files, TASK.auto_class, TASK.labels, TASK.problem_type, 0))
    data = make_data(encoder, TASK, 40, 10)
    model = AutoModel.from_pretrained(base).eval()
    with torch.no_grad():
        means = [model(torch.tensor([ids])).last_hidden_state[0].mean(dim=0).numpy() for ids in data.train.input_ids]
    return encoder, data, ReadRows(MEAN, data.train, unit(np.stack(means)))


@pytest.mark.parametrize(
    ("architecture", "layer", "saved"),
    [
        ("bert", "bert.pooler.dense", ["classifier", "pooler"]),
        ("roberta", "classifier.dense", ["classifier"]),
        ("distilbert", "pre_classifier", ["classifier", "pre_classifier"]),
        ("electra", "classifier.dense", ["classifier"]),
    ],
)
def test_the_hidden_layer_is_found_and_learns(
    tiny_base: TinyBase, architecture: str, layer: str, saved: list[str]
) -> None:
    encoder, _, _ = load(tiny_base(architecture))
    found = hidden_layer(encoder.model)
    assert found is not None
    assert found[0] == layer
    assert (encoder.new_modules, has_open_head(encoder)) == (saved, True)


def test_heads_of_words_have_none(tiny_base: TinyBase) -> None:
    task, files = TokenClassification(("O", "B-X")), BaseFiles("anna/tiny", tiny_base("bert"), None, False)
    encoder = load_encoder(files, task.auto_class, task.labels, task.problem_type, 0)
    assert hidden_layer(encoder.model) is None
    assert with_open_head(encoder) is encoder


@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert", "electra"])
def test_the_head_comes_to_read_the_mean(tiny_base: TinyBase, architecture: str) -> None:
    encoder, data, texts = load(tiny_base(architecture))
    plan = lora_plan(encoder.new_modules, TASK.peft_task_type, target_modules="all-linear")
    model = add_adapter(encoder.model, plan, 0)
    head = {name: tensor.clone() for name, tensor in trainable_state(model).items() if "classifier" in name}
    warm = start_at_view(model, data, PLAN, encoder.new_modules, texts, texts)
    assert isinstance(warm, WarmStart)
    assert warm.after > warm.before
    assert warm.after > 0.9
    output = [name for name, tensor in head.items() if tensor.shape[0] == len(TASK.labels)]
    learned = trainable_state(model)
    assert output
    assert all(torch.equal(learned[name], head[name]) for name in output)  # it took no part


def test_it_asks_for_no_label(tiny_base: TinyBase) -> None:
    states = []
    for labels in (None, [0] * 40):
        encoder, data, texts = load(tiny_base("bert"))
        data = replace(data, train=replace(data.train, label_ids=labels))
        texts = replace(texts, encoded=data.train)
        model = add_adapter(encoder.model, lora_plan(encoder.new_modules, TASK.peft_task_type), 0)
        start_at_view(model, data, PLAN, encoder.new_modules, texts, texts)
        states.append({name: tensor.detach().clone() for name, tensor in trainable_state(model).items()})
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize(
    ("rate", "least", "reason"), [(1e6, 0.1, "no nearer"), (2e-3, 100.0, "nearly the same of every row")]
)
def test_a_phase_that_failed_is_taken_back(
    tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch, rate: float, least: float, reason: str
) -> None:
    monkeypatch.setattr("tunecard.training.warm_start.LEAST_SPREAD", least)
    encoder, data, texts = load(tiny_base("bert"))
    model = add_adapter(encoder.model, lora_plan(encoder.new_modules, TASK.peft_task_type), 0)
    came = {name: tensor.detach().clone() for name, tensor in trainable_state(model).items()}
    plan = replace(PLAN, learning_rate=rate, head_learning_rate=rate)
    warm = start_at_view(model, data, plan, encoder.new_modules, texts, texts)
    assert isinstance(warm, NoWarmStart)
    assert reason in warm.reason
    left = trainable_state(model)
    assert all(torch.equal(left[name], came[name]) for name in came)


@pytest.mark.parametrize("architecture", ["bert", "distilbert"])
def test_a_head_of_choices_is_taught_one_sequence_at_a_time(tiny_base: TinyBase, architecture: str) -> None:
    task, base = MultipleChoice(("A", "B", "C")), tiny_base(architecture)
    files = BaseFiles("anna/tiny", base, None, False)
    encoder = with_open_head(load_encoder(files, task.auto_class, task.labels, task.problem_type, 0))
    words = ["the cat", "a dog", "of the sun", "sat on the mat"]
    inputs = {"text": [f"{one} and {other}" for one in words for other in words], "choices": [words[:2], words[2:]] * 8}
    rows = task.encode(encoder.tokenizer, inputs, ["A", "B"] * 8, 32)
    data = TrainingData(task, rows, rows, ["A", "B"] * 8, encoder.tokenizer.pad_token_id)
    single, bare = rows.sequences.split, AutoModel.from_pretrained(base).eval()
    with torch.no_grad():
        means = [bare(torch.tensor([ids])).last_hidden_state[0].mean(dim=0).numpy() for ids in single.input_ids]
    read = ReadRows(MEAN, single, unit(np.stack(means)))
    model = add_adapter(
        encoder.model, lora_plan(encoder.new_modules, task.peft_task_type, target_modules="all-linear"), 0
    )
    warm = start_at_view(model, data, PLAN, encoder.new_modules, read, read)
    assert isinstance(warm, WarmStart), warm
    assert warm.after > max(0.8, warm.before)


TOP = ["layer.1.attention.self.query", "layer.1.attention.self.value"]


@pytest.mark.parametrize("precision", ["fp32", "bf16-mixed"])
def test_kept_states_serve_the_phase_and_the_training_behind_it(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Precision
) -> None:
    rows: list[int] = []
    states: dict[bool, dict[str, torch.Tensor]] = {}

    def seen(model: torch.nn.Module, batch: PackedBatch, layers: int) -> torch.Tensor:
        rows.extend(batch.rows)
        return states_below(model, batch, layers)

    monkeypatch.setattr(prefix_cache, "states_below", seen)
    for keeps in (False, True):
        encoder, data, texts = load(tiny_base("bert"))
        for module in encoder.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        adapter = lora_plan(encoder.new_modules, TASK.peft_task_type, target_modules=TOP)
        model = add_adapter(encoder.model, adapter, 0)
        plan = replace(PLAN, epochs=1, precision=precision, cache_frozen_prefix=keeps)
        folder = tmp_path / str(keeps)
        warm = start_at_view(model, data, plan, encoder.new_modules, texts, texts, folder=folder)
        states[keeps] = {name: tensor.detach().float().clone() for name, tensor in trainable_state(model).items()}
        assert isinstance(warm, WarmStart)
        assert sorted(rows) == (list(range(len(data.train))) if keeps else [])
        train(model, data, plan, encoder.new_modules, folder)
        assert len(rows) == (len(data.train) if keeps else 0)
    if precision == "fp32":
        for name, tensor in states[False].items():
            torch.testing.assert_close(states[True][name], tensor, rtol=1e-3, atol=1e-4, msg=name)


def test_other_rows_are_read_through_all_layers(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is read hardly more than once: what is kept of them would serve nobody."""
    monkeypatch.setattr(prefix_cache, "states_below", lambda *given: pytest.fail("states were kept"))
    encoder, data, texts = load(tiny_base("bert"))
    some = ReadRows(MEAN, texts.encoded.take(20), texts.vectors[:20])
    model = add_adapter(encoder.model, lora_plan(encoder.new_modules, TASK.peft_task_type, target_modules=TOP), 0)
    plan = replace(PLAN, cache_frozen_prefix=True)
    assert isinstance(start_at_view(model, data, plan, encoder.new_modules, some, some, folder=tmp_path), WarmStart)
