"""The best epoch is chosen, kept and scored again; early stopping stops where it should."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tiny_training import Ground, equal_states, make_ground
from tunecard.inference import predict_logits
from tunecard.training import Trainer, TrainingResult, train
from tunecard.training.validation import Validation, error_of_a_ratio, score_validation

TinyBase = Callable[[str], Path]


def go(ground: Ground, folder: Path, **options: Any) -> TrainingResult:
    return train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder, **options)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[float]], None]:
    """Makes validation say these scores, one an epoch; the last call, which scores the best again, says the truth."""

    def script(scores: list[float], error: float | None = None) -> None:
        left = list(scores)
        monkeypatch.setattr(Trainer, "validate", lambda self: Validation(1.0, left.pop(0), error))

    return script


def states_by_epoch(ground: Ground) -> tuple[dict[int, dict[str, torch.Tensor]], Callable[..., None]]:
    states: dict[int, dict[str, torch.Tensor]] = {}
    return states, lambda record: states.update({record.epoch: ground.state()})


def test_the_best_epochs_weights_are_in_the_model(
    tiny_base: TinyBase, tmp_path: Path, scripted: Callable[..., None]
) -> None:
    scripted([0.1, 0.5, 0.3, 0.5, 0.5])  # the fifth is the check of the reloaded best
    ground = make_ground(tiny_base("roberta"), epochs=4)
    states, remember = states_by_epoch(ground)
    result = go(ground, tmp_path, on_epoch=remember)
    assert (result.best_epoch, result.best_score, result.rescored) == (2, 0.5, 0.5)  # a tie is no gain
    assert result.stopped == "all epochs done"
    assert equal_states(ground.state(), states[2])
    assert not equal_states(states[2], states[4])
    assert not ground.model.training


@pytest.mark.parametrize(
    ("scores", "patience", "epochs_run", "best"),
    [([0.5, 0.4, 0.4, 0.4, 0.5], 3, 4, 1), ([0.1, 0.2, 0.2, 0.3, 0.1, 0.1, 0.3], 2, 6, 4), ([0.3, 0.2, 0.3], 1, 2, 1)],
)
def test_early_stopping(
    tiny_base: TinyBase, tmp_path: Path, scripted: Callable[..., None],
    scores: list[float], patience: int, epochs_run: int, best: int,
) -> None:  # fmt: skip
    scripted(scores)
    ground = make_ground(tiny_base("roberta"), epochs=10, early_stopping=patience, train_batch_size=22)
    states, remember = states_by_epoch(ground)
    result = go(ground, tmp_path, on_epoch=remember)
    assert (len(result.curve), result.best_epoch) == (epochs_run, best)
    assert result.stopped == f"early: no gain for {patience} epochs"
    assert equal_states(ground.state(), states[best])


@pytest.mark.parametrize("precision", ["fp32", "bf16-mixed"])
@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_the_best_scores_the_same_from_disk(tiny_base: TinyBase, tmp_path: Path, kind: str, precision: str) -> None:
    ground = make_ground(tiny_base("roberta"), kind, epochs=3, dropout=0.1, precision=precision)
    result = go(ground, tmp_path)
    assert result.best_score is not None
    assert result.best_score == max(record.validation_metric for record in result.curve)
    assert result.rescored == result.best_score


def test_the_loss_may_choose(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = make_ground(
        tiny_base("roberta"), epochs=4, best_metric="loss", learning_rate=2e-2, head_learning_rate=2e-2
    )
    result = go(ground, tmp_path)
    losses = [record.validation_loss for record in result.curve]
    assert result.best_epoch == 1 + losses.index(min(losses))
    assert result.best_score == result.rescored == -min(losses)


def test_an_undefined_score_is_worth_nothing(tiny_base: TinyBase, tmp_path: Path) -> None:
    """A model that predicts only O has no precision; that must neither crash nor win."""
    ground = make_ground(
        tiny_base("roberta"), "tokens", epochs=1, learning_rate=1e-8, head_learning_rate=1e-8, best_metric="precision"
    )
    with torch.no_grad():
        for name, tensor in ground.model.named_parameters():
            if "classifier" in name:
                tensor.zero_()
                if name.endswith("default.bias"):
                    tensor[0] = 50.0
    result = go(ground, tmp_path)
    assert result.best_score == 0.0
    assert result.rescored == 0.0


def test_it_learns(tiny_base: TinyBase, tmp_path: Path) -> None:
    """Not a benchmark: labels that follow from the words must be learned from the rows that are seen."""
    ground = make_ground(tiny_base("roberta"), "tokens", epochs=15, learning_rate=1e-2, head_learning_rate=1e-2)
    result = go(ground, tmp_path)
    assert result.curve[-1].train_loss < 0.5 * result.curve[0].train_loss
    assert result.best_score is not None
    assert result.best_score > 0.6


def test_the_start_stands_for_election(tiny_base: TinyBase, tmp_path: Path, scripted: Callable[..., None]) -> None:
    scripted([0.6, 0.5, 0.4, 0.6])  # the first is the start, the last the check of what was kept
    ground = make_ground(tiny_base("roberta"), epochs=2, scores_start=True)
    start = ground.state()
    result = go(ground, tmp_path)
    assert [record.epoch for record in result.curve] == [0, 1, 2]
    assert (result.best_epoch, result.best_score, result.epochs_run) == (0, 0.6, 2)
    assert "train_loss" not in result.curve[0].as_dict()
    assert equal_states(ground.state(), start)


def test_the_last_is_kept_where_the_plan_says_so(
    tiny_base: TinyBase, tmp_path: Path, scripted: Callable[..., None]
) -> None:
    scripted([0.9, 0.5, 0.4, 0.4])
    ground = make_ground(tiny_base("roberta"), epochs=3, keep="last")
    states, remember = states_by_epoch(ground)
    result = go(ground, tmp_path, on_epoch=remember)
    assert (result.best_epoch, result.best_score) == (3, 0.4)
    assert equal_states(ground.state(), states[3])


def test_the_last_within_an_error_of_the_best_is_kept(
    tiny_base: TinyBase, tmp_path: Path, scripted: Callable[..., None]
) -> None:
    scripted([0.5, 0.8, 0.6, 0.75, 0.74, 0.75], error=0.05)
    ground = make_ground(tiny_base("roberta"), epochs=5, keep="level")
    states, remember = states_by_epoch(ground)
    result = go(ground, tmp_path, on_epoch=remember)
    assert (result.best_epoch, result.best_score) == (4, 0.75)
    assert equal_states(ground.state(), states[4])


def test_what_is_level_is_no_gain(tiny_base: TinyBase, tmp_path: Path, scripted: Callable[..., None]) -> None:
    """Early stopping waits for a new best, whatever is kept."""
    scripted([0.5, 0.49, 0.5, 0.5], error=0.1)
    ground = make_ground(tiny_base("roberta"), epochs=10, keep="level", early_stopping=2)
    result = go(ground, tmp_path)
    assert (result.epochs_run, result.best_epoch) == (3, 3)


def test_the_error_of_an_accuracy_is_the_binomials(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"))
    seen = score_validation(ground.model, ground.data, "accuracy")
    rows = len(ground.data.validation_labels)
    assert 0 < seen.metric < 1
    assert seen.error == pytest.approx((seen.metric * (1 - seen.metric) / rows) ** 0.5, rel=0.1)


def test_the_error_of_a_mean_over_words_counts_rows() -> None:
    """Against the jackknife over rows, which have different numbers of words."""
    chance = np.random.default_rng(0)
    weights = chance.integers(1, 30, size=400).astype(float)
    losses = weights * chance.uniform(0.5, 1.5, size=400)
    without = (losses.sum() - losses) / (weights.sum() - weights)
    jackknife = ((400 - 1) / 400 * ((without - without.mean()) ** 2).sum()) ** 0.5
    assert error_of_a_ratio(losses, weights) == pytest.approx(jackknife, rel=0.02)


def test_the_error_of_a_loss_is_that_of_a_mean(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"))
    seen = score_validation(ground.model, ground.data, "loss")
    logits = predict_logits(ground.model, ground.data.validation, ground.data.pad_token_id)
    losses = [
        float(torch.nn.functional.cross_entropy(torch.from_numpy(row)[None], torch.tensor([label])))
        for row, label in zip(logits, ground.data.validation.label_ids, strict=True)
    ]
    assert seen.metric == pytest.approx(-statistics.mean(losses))
    assert seen.error == pytest.approx(statistics.pstdev(losses) / len(losses) ** 0.5)
