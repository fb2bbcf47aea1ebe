"""A temperature is folded once, into what is saved; where there is none to fit, nothing moves and the reason is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import PeftModel
from scipy.optimize import minimize_scalar
from torch import nn
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoModelForTokenClassification

from tiny_training import Ground, equal_states, make_data, make_ground
from tunecard.adapters import save_adapter
from tunecard.evidence import RunFolder
from tunecard.inference import predict_logits, take_fast_path
from tunecard.rows.encoded import IGNORED, EncodedSplit
from tunecard.tasks.confidence import softmax
from tunecard.training.objectives import OBJECTIVES
from tunecard.training.temperature import LEAST_ROWS, Calibration, calibrate, undo

TinyBase = Callable[[str], Path]
ROWS = 70


def sure_of_itself(base: Path, kind: str = "text", method: str = "lora") -> Ground:
    """A model whose head is drawn at random, and labels drawn from its logits divided by 2: twice as sure as right."""
    ground = make_ground(base, kind, method=method)
    ground.data = make_data(ground.encoder, ground.data.task, 22, ROWS)
    dice = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in ground.model.named_parameters():
            if parameter.requires_grad and "classifier" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=dice))
    return with_drawn_labels(ground)


def with_drawn_labels(ground: Ground) -> Ground:
    chance = np.random.default_rng(5)
    drawn = [(row / 2 + chance.gumbel(size=row.shape)).argmax(axis=-1) for row in logits_of(ground)]
    known = ground.data.validation.label_ids or []
    labels = [np.where(np.array(old) == IGNORED, IGNORED, new).tolist() for old, new in zip(known, drawn, strict=True)]
    ground.data = replace(ground.data, validation=replace(ground.data.validation, label_ids=labels))
    return ground


def few_held(ground: Ground) -> Ground:
    few = LEAST_ROWS - 1
    ground.data = replace(ground.data, validation=ground.data.validation.take(few),
                          validation_labels=ground.data.validation_labels[:few])  # fmt: skip
    return ground


def fold(ground: Ground) -> Calibration:
    return calibrate(ground.model, ground.data, ground.encoder.new_modules)


def logits_of(ground: Ground) -> list[np.ndarray]:
    return predict_logits(ground.model, ground.data.validation, ground.data.pad_token_id)


def asked(logits: list[np.ndarray], rows: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
    """The logits at every label that is no IGNORED, in a plain loop."""
    found, labels = [], []
    for row, label in zip(logits, rows.label_ids or [], strict=True):
        pairs = [(row, label)] if row.ndim == 1 else list(zip(row, label, strict=True))
        found += [one for one, name in pairs if name != IGNORED]
        labels += [name for _, name in pairs if name != IGNORED]
    return np.stack(found), np.array(labels)


def loss(logits: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    return float(nn.functional.cross_entropy(torch.tensor(logits / temperature), torch.tensor(labels)))


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("architecture", "kind"), [("roberta", "text"), ("bert", "tokens"), ("modernbert", "text")])
def test_every_logit_is_divided_by_the_best_temperature(
    tiny_base: TinyBase, architecture: str, kind: str, fast: bool
) -> None:
    ground = sure_of_itself(tiny_base(architecture), kind)
    if fast:
        take_fast_path(ground.model)
    before = logits_of(ground)
    found = fold(ground)
    logits, labels = asked(before, ground.data.validation)
    best = minimize_scalar(lambda t: loss(logits, labels, t), bounds=(0.05, 20), method="bounded")
    assert found.temperature == pytest.approx(best.x, rel=1e-2) and 1.2 < found.temperature < 4
    assert (found.decisions, found.reason) == (len(labels), "")
    for old, new in zip(before, logits_of(ground), strict=True):
        assert new == pytest.approx(old / found.temperature, abs=1e-5)
        assert (new.argmax(axis=-1) == old.argmax(axis=-1)).all()
    assert found.before is not None and found.after is not None
    assert found.before.nll == pytest.approx(loss(logits, labels, 1.0), rel=1e-5)
    assert found.after.nll == pytest.approx(best.fun, rel=1e-5)


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_of_few_labels_the_mean_probability_is_brought_to_what_is_expected(tiny_base: TinyBase, kind: str) -> None:
    ground = few_held(sure_of_itself(tiny_base("roberta"), kind))
    logits, labels = asked(logits_of(ground), ground.data.validation)
    sure = float(softmax(logits).max(axis=1).mean())
    expected = sure - 0.15
    found = calibrate(ground.model, ground.data, ground.encoder.new_modules, expected)
    assert found.expected == expected and found.temperature > 1
    assert (found.decisions, found.reason) == (len(labels), "")
    after, _ = asked(logits_of(ground), ground.data.validation)
    assert softmax(after).max(axis=1).mean() == pytest.approx(expected, abs=1e-4)
    assert after == pytest.approx(logits / found.temperature, abs=1e-4)


@pytest.mark.parametrize(
    ("expected", "reason"),
    [(1.0, "the logits are no surer than"), (0.01, "even divided by 20"), (None, "validation has 49 labelled rows")],
)
def test_of_few_labels_a_model_is_never_made_surer(tiny_base: TinyBase, expected: float | None, reason: str) -> None:
    ground = few_held(sure_of_itself(tiny_base("roberta")))
    before = np.stack(logits_of(ground))
    found = calibrate(ground.model, ground.data, ground.encoder.new_modules, expected)
    assert found.temperature == 1 and found.reason.startswith(reason)
    assert (np.stack(logits_of(ground)) == before).all()


def test_a_temperature_can_be_undone(tiny_base: TinyBase) -> None:
    ground = sure_of_itself(tiny_base("roberta"))
    before = np.stack(logits_of(ground))
    found = fold(ground)
    assert found.temperature > 1.2
    undo(ground.model, found, ground.encoder.new_modules, len(ground.data.task.labels))
    assert np.stack(logits_of(ground)) == pytest.approx(before, abs=1e-5)
    assert fold(ground).temperature == pytest.approx(found.temperature, rel=1e-4)


def test_where_labels_are_many_they_are_fitted(tiny_base: TinyBase) -> None:
    ground = sure_of_itself(tiny_base("roberta"))
    found = calibrate(ground.model, ground.data, ground.encoder.new_modules, 0.01)
    assert found.expected is None and 1.2 < found.temperature < 4


@pytest.mark.parametrize(
    ("kind", "auto"), [("text", AutoModelForSequenceClassification), ("tokens", AutoModelForTokenClassification)]
)
def test_stock_peft_gives_the_divided_logits(tiny_base: TinyBase, tmp_path: Path, kind: str, auto: type) -> None:
    ground = sure_of_itself(tiny_base("roberta"), kind)
    before = logits_of(ground)
    temperature = fold(ground).temperature
    assert temperature > 1.2
    save_adapter(ground.model, ground.encoder.tokenizer, RunFolder(tmp_path), base_id="anna/tiny", revision=None)
    base = auto.from_pretrained(tiny_base("roberta"), config=AutoConfig.from_pretrained(tmp_path))
    stock = PeftModel.from_pretrained(base, str(tmp_path)).eval()
    for ids, old in zip(ground.data.validation.input_ids, before, strict=True):
        with torch.no_grad():
            new = stock(torch.tensor([ids])).logits[0].numpy()
        assert new == pytest.approx(old / temperature, abs=1e-5)


@pytest.mark.parametrize("method", ["full", "head"])
def test_a_control_is_treated_as_the_adapter_is(tiny_base: TinyBase, method: str) -> None:
    ground = sure_of_itself(tiny_base("bert"), method=method)
    before = np.stack(logits_of(ground))
    found = fold(ground)
    assert found.temperature != 1 and np.stack(logits_of(ground)) == pytest.approx(before / found.temperature, abs=1e-5)


def test_what_training_began_with_is_not_touched(tiny_base: TinyBase) -> None:
    ground = sure_of_itself(tiny_base("roberta"))
    frozen = {name: p.detach().clone() for name, p in ground.model.named_parameters() if not p.requires_grad}
    learned = ground.state()
    temperature = fold(ground).temperature
    assert all(torch.equal(frozen[name], p) for name, p in ground.model.named_parameters() if name in frozen)
    changed = {name for name, tensor in ground.state().items() if not torch.equal(tensor, learned[name])}
    assert {name.split(".")[-1] for name in changed} == {"weight", "bias"} and len(changed) == 2
    assert all("out_proj" in name for name in changed) and temperature != 1


def unchanged(ground: Ground) -> str:
    """The reason of a calibration that must leave every weight as it was."""
    before = ground.state()
    found = fold(ground)
    assert equal_states(before, ground.state())
    assert (found.temperature, found.before, found.after) == (1.0, None, None)
    return found.reason


def test_few_rows_are_not_fitted(tiny_base: TinyBase) -> None:
    ground = sure_of_itself(tiny_base("bert"), "tokens")
    few = ground.data.validation.take(LEAST_ROWS - 1)
    assert sum(len(few.decisions(row)) for row in range(len(few))) > LEAST_ROWS  # rows count, not their words
    ground.data = replace(ground.data, validation=few)
    assert unchanged(ground).startswith("validation has 49 labelled rows, and fewer than 50")


def test_numbers_have_no_temperature(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = sure_of_itself(tiny_base("bert"))
    monkeypatch.setattr("tunecard.training.temperature.objective_of", lambda task: OBJECTIVES["numbers"])
    assert unchanged(ground) == "the labels are numbers, of which no probability is stated"


def relabelled(ground: Ground, choose: Callable[[np.ndarray], int]) -> Ground:
    labels = [choose(row) for row in logits_of(ground)]
    ground.data = replace(ground.data, validation=replace(ground.data.validation, label_ids=labels))
    return ground


def test_a_model_that_is_always_right_is_left_alone(tiny_base: TinyBase) -> None:
    ground = relabelled(sure_of_itself(tiny_base("bert")), lambda row: int(row.argmax()))
    assert unchanged(ground).startswith("all 70 decisions of validation are right")


def test_a_model_that_is_always_wrong_is_left_alone(tiny_base: TinyBase) -> None:
    ground = relabelled(sure_of_itself(tiny_base("bert")), lambda row: int(row.argmin()))
    assert unchanged(ground).startswith("the best temperature lies above 20")


def test_a_head_that_did_not_learn_is_left_alone(tiny_base: TinyBase) -> None:
    ground = sure_of_itself(tiny_base("bert"))
    for name, parameter in ground.model.named_parameters():
        if "classifier" in name:
            parameter.requires_grad_(False)
    assert unchanged(ground) == "the head has no linear output layer among what was learned"


class Bounded(nn.Linear):
    """A last layer whose logits do not follow its weights."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return 3 * super().forward(values).tanh()


def test_a_head_whose_logits_do_not_follow_is_put_back(tiny_base: TinyBase) -> None:
    ground = sure_of_itself(tiny_base("bert"))
    for module in ground.model.modules():
        if isinstance(module, nn.Linear) and module.out_features == 3:
            module.__class__ = Bounded
    ground = with_drawn_labels(ground)
    assert unchanged(ground) == "the logits are no linear function of the head's last layer"
