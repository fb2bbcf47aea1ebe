"""A head that starts from a linear probe says what scikit-learn's probe says on the same features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from torch import nn
from transformers import AutoModel

from tiny_training import make_data, make_split
from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.fitting.choosing import LEAST_TO_CHOOSE, folds_of
from tunecard.inference import predict_logits
from tunecard.inference.token_cache import encode_split
from tunecard.tasks import Task
from tunecard.tasks.question_answering import ANSWERED, QuestionAnswering
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification
from tunecard.training import TrainingData, start_head_from_probe
from tunecard.training.frozen_features import DRAWN_TOKENS, read_features

TinyBase = Callable[[str], Path]


def load(base: Path, task: Task) -> tuple[Encoder, TrainingData]:
    encoder = load_encoder(
        BaseFiles("anna/tiny", base, None, False), task.auto_class, task.labels, task.problem_type, 0
    )
    return encoder, make_data(encoder, task, 60, 15)


@pytest.fixture
def converged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits to the end: where lbfgs is cut off it depends on the last bit of the features."""
    monkeypatch.setattr("tunecard.training.linear_probes.MAX_ITERATIONS", 5000)


def text_logits(encoder: Encoder, data: TrainingData) -> np.ndarray:
    return np.stack(predict_logits(encoder.model, data.validation, data.pad_token_id))


def pooled(base: Path, data: TrainingData, split: str) -> np.ndarray:
    """What BERT's output layer reads, from the bare model, row by row without padding."""
    model = AutoModel.from_pretrained(base).eval()
    with torch.no_grad():
        rows = [model(torch.tensor([ids])).pooler_output[0].numpy() for ids in getattr(data, split).input_ids]
    return np.stack(rows)


@pytest.mark.usefixtures("converged")
@pytest.mark.parametrize("n_labels", [2, 3, 7])
def test_logits_are_the_probes_decision(tiny_base: TinyBase, n_labels: int) -> None:
    task = TextClassification(tuple("abcdefg"[:n_labels]))
    encoder, data = load(tiny_base("bert"), task)
    report = start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0)
    assert report is not None
    train, held = pooled(tiny_base("bert"), data, "train"), pooled(tiny_base("bert"), data, "validation")
    labels = np.array(data.train.label_ids)
    assert set(labels) == set(range(n_labels))
    # The probe is fitted on features of unit scale: an L2 penalty depends on it.
    scale = train.std()
    probe = LogisticRegression(**report.fitted.settings, max_iter=5000).fit(train / scale, labels)
    logits = text_logits(encoder, data)
    decision = probe.decision_function(held / scale)
    found = logits[:, 1] - logits[:, 0] if n_labels == 2 else logits
    np.testing.assert_allclose(found, decision, atol=1e-2 * np.abs(decision).max())
    accuracy = float((logits.argmax(1) == np.array(data.validation.label_ids)).mean())
    assert report.fitted.score == pytest.approx(accuracy)
    assert report.decisions == 60


@pytest.mark.usefixtures("converged")
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_class_that_never_occurs_starts_unlikely(tiny_base: TinyBase, missing: int) -> None:
    """Two of three classes in the rows: scikit-learn gives one row of weights, the layer has three."""
    task = TextClassification(("a", "b", "c"))
    encoder, data = load(tiny_base("bert"), task)
    assert data.train.label_ids is not None
    kept = [row for row, label in enumerate(data.train.label_ids) if label != missing]
    data = replace(data, train=data.train.pick(kept))
    report = start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0)
    assert report is not None
    train = pooled(tiny_base("bert"), data, "train")
    seen = [label for label in range(3) if label != missing]
    logits = text_logits(encoder, data)
    assert (logits.argmax(1) != missing).mean() > 0.9
    layer = encoder.model.classifier
    assert torch.equal(layer.weight[missing], torch.zeros(32))
    assert layer.bias[missing].item() == -5.0
    held = pooled(tiny_base("bert"), data, "validation")
    probe = LogisticRegression(**report.fitted.settings, max_iter=5000)
    decision = probe.fit(train / train.std(), np.array(data.train.label_ids)).decision_function(held / train.std())
    found = logits[:, seen[1]] - logits[:, seen[0]]
    np.testing.assert_allclose(found, decision, atol=1e-2 * np.abs(decision).max())


@pytest.mark.parametrize("architecture", ["roberta", "distilbert", "modernbert", "electra", "bert-no-pooler"])
@pytest.mark.parametrize("task", [TextClassification(("a", "b", "c")), TokenClassification(("O", "B-X", "I-X"))])
def test_the_report_is_what_the_model_then_does(tiny_base: TinyBase, architecture: str, task: Task) -> None:
    encoder, data = load(tiny_base(architecture), task)
    state = torch.get_rng_state()
    report = start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0)
    assert report is not None
    logits = predict_logits(encoder.model, data.validation, data.pad_token_id)
    right = [
        int((row[place] if row.ndim == 2 else row).argmax()) == label
        for number, row in enumerate(logits)
        for place, label in data.validation.decisions(number)
    ]
    assert report.fitted.score == pytest.approx(np.mean(right), abs=0.03)
    assert torch.equal(torch.get_rng_state(), state)


def test_only_the_output_layer_changes_and_no_hook_stays(tiny_base: TinyBase) -> None:
    encoder, data = load(tiny_base("distilbert"), TextClassification(("a", "b", "c")))
    before = {name: tensor.clone() for name, tensor in encoder.model.state_dict().items()}
    start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0)
    changed = {name for name, tensor in encoder.model.state_dict().items() if not torch.equal(before[name], tensor)}
    assert changed == {"classifier.weight", "classifier.bias"}
    assert not any(module._forward_pre_hooks for module in encoder.model.modules())


def test_dropout_is_off_while_probing(tiny_base: TinyBase) -> None:
    heads = []
    for is_training in (False, True):
        encoder, data = load(tiny_base("roberta"), TextClassification(("a", "b", "c")))
        encoder.model.train(is_training)
        start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0)
        assert encoder.model.training is is_training
        heads.append(encoder.model.classifier.out_proj.weight.detach().clone())
    assert torch.equal(heads[0], heads[1])


def test_without_a_linear_output_the_head_starts_random(tiny_base: TinyBase) -> None:
    encoder, data = load(tiny_base("bert"), TextClassification(("a", "b", "c")))
    encoder.model.classifier = nn.Sequential(nn.Identity())
    assert start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0) is None
    encoder.model.classifier = nn.Linear(32, 3, bias=False)
    assert start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0) is None


def test_the_probe_of_spans_reads_the_right_tokens_and_some_others(tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    encoder = load_encoder(
        BaseFiles("anna/tiny", base, None, False), "AutoModelForQuestionAnswering", ANSWERED, None, 0
    )
    questions = {"text": ["tokyo berlin", "paris"], "text_pair": ["berlin paris tokyo " * 9, "tokyo berlin"]}
    questions["answer_start"] = [[7], [0]]
    encoded = QuestionAnswering(ANSWERED).encode(encoder.tokenizer, questions, [["paris"], ["tokyo"]], 24)
    read = read_features(encoder.model, encoder.model.qa_outputs, encoded, 0, 3)
    whole, sequences = AutoModel.from_pretrained(base).eval(), encoded.sequences
    label_ids = [ends for row in encoded.label_ids for ends in row]
    assert len(label_ids) > 2  # one of them is read in windows
    for one, ends in enumerate(label_ids):
        mine = read.labels[:, 0] == one
        places, ids = read.places[mine], sequences.split.input_ids[one]
        assert {0, *ends} <= set(places) and len(places) >= min(len(ids), DRAWN_TOKENS)
        assert [places[read.labels[mine][:, end] > 0].tolist() for end in (1, 2)] == [[ends[0]], [ends[1]]]
        with torch.no_grad():
            states = whole(torch.tensor([ids])).last_hidden_state[0].numpy()
        np.testing.assert_allclose(read.values[mine], states[places], atol=1e-5)


def test_one_class_or_no_labels_give_no_probe(tiny_base: TinyBase) -> None:
    task: Any = TokenClassification(("O", "B-X", "I-X"))
    encoder, data = load(tiny_base("bert"), task)
    before = encoder.model.classifier.weight.detach().clone()
    split = make_split(task, "train", 6, 1)
    only_o = replace(split, labels=[["O"] * len(row) for row in split.labels])
    one_class = replace(data, train=encode_split(task, encoder.tokenizer, only_o, 24))
    assert start_head_from_probe(encoder.model, one_class, encoder.new_modules, seed=0) is None
    unlabelled = replace(data, validation=replace(data.validation, label_ids=None))
    assert start_head_from_probe(encoder.model, unlabelled, encoder.new_modules, seed=0) is None
    assert torch.equal(encoder.model.classifier.weight, before)


@pytest.mark.usefixtures("converged")
def test_folds_of_train_say_how_much_to_expect(tiny_base: TinyBase) -> None:
    encoder, data = load(tiny_base("bert"), TextClassification(("a", "b", "c")))
    report = start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0)
    assert report is not None and report.features is not None
    features, labels = report.features.values, report.features.labels
    part = np.zeros(len(labels), dtype=int)
    for number, out in enumerate(folds_of(report.features.rows, 10)):
        part[out] = number
    best = 0.0
    for c in (0.01, 0.03, 0.1, 1.0, 10.0):
        probe = LogisticRegression(C=c, max_iter=5000)
        said = cross_val_predict(probe, features / features.std(), labels, cv=PredefinedSplit(part))
        best = max(best, float((said == labels).mean()))
    error = (best * (1 - best) / len(labels)) ** 0.5
    assert report.fitted.in_folds == pytest.approx(best + error, abs=1e-9)


def test_few_sentences_are_few_however_many_words_they_have(tiny_base: TinyBase) -> None:
    encoder, data = load(tiny_base("bert"), TokenClassification(("O", "B-X", "I-X")))
    words = sum(len(data.validation.decisions(row)) for row in range(len(data.validation)))
    assert words >= LEAST_TO_CHOOSE > len(data.validation)
    report = start_head_from_probe(encoder.model, data, encoder.new_modules, seed=0)
    assert report is not None and report.fitted.in_folds is not None
    assert 0 < report.fitted.in_folds < 1


def test_where_validation_chooses_no_folds_are_asked(tiny_base: TinyBase) -> None:
    encoder, data = load(tiny_base("bert"), TextClassification(("a", "b", "c")))
    held = make_data(encoder, data.task, 60, LEAST_TO_CHOOSE)
    report = start_head_from_probe(encoder.model, held, encoder.new_modules, seed=0)
    assert report is not None and report.fitted.in_folds is None
