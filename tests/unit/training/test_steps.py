"""One step against plain PEFT and torch; batches, schedules, weights and precision of the loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)

from tiny_training import PLAN, Ground, equal_states, make_ground, rows_of
from tunecard.adapters import trainable_state
from tunecard.errors import DataError, RecipeError
from tunecard.inference.batches import collate
from tunecard.training import Trainer, train
from tunecard.training.optimizer import learning_rate_factor, make_optimizer

TinyBase = Callable[[str], Path]


def trainer_of(ground: Ground) -> Trainer:
    return Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)


def gradients_of(ground: Ground, rows: list[int]) -> tuple[float, dict[str, torch.Tensor]]:
    """The mean loss and all trainable gradients of one step of ours, caught before the optimizer uses them."""
    trainer = trainer_of(ground)
    caught: dict[str, torch.Tensor] = {}

    def catch(*arguments: Any) -> torch.Tensor:
        caught.update({name: tensor.grad.clone() for name, tensor in trainable_state(ground.model).items()})  # type: ignore[union-attr]
        return torch.tensor(0.0)

    trainer.accelerator.clip_grad_norm_ = catch  # type: ignore[method-assign, assignment]
    ground.model.train()
    return trainer.step(rows).mean_loss, caught


@pytest.mark.parametrize("kind", ["text", "tokens"])
@pytest.mark.parametrize("architecture", ["roberta", "bert-no-pooler", "distilbert", "modernbert"])
def test_a_step_is_plain_peft_and_torch(tiny_base: TinyBase, architecture: str, kind: str) -> None:
    """Loss and every gradient of transformers' own loss on the stock model, to 1e-5 relative."""
    ground = make_ground(tiny_base(architecture), kind, train_batch_size=22)
    rows = rows_of(ground.data.train)
    auto_class = AutoModelForSequenceClassification if kind == "text" else AutoModelForTokenClassification
    stock_base = auto_class.from_pretrained(tiny_base(architecture), num_labels=3)
    for module in stock_base.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    targets = sorted(ground.model.peft_config["default"].target_modules)  # type: ignore[union-attr, index, operator]
    config = LoraConfig(
        task_type="SEQ_CLS" if kind == "text" else "TOKEN_CLS", r=4, lora_alpha=8, lora_dropout=0.0,
        target_modules=targets, modules_to_save=ground.encoder.new_modules,
    )  # fmt: skip
    stock: Any = get_peft_model(stock_base, config)
    generator = torch.Generator().manual_seed(5)
    for name, tensor in trainable_state(ground.model).items():
        tensor.data += 0.2 * torch.randn(
            tensor.shape, generator=generator
        )  # B is zero at the start: A would get no gradient
        trainable_state(stock)[name].data.copy_(tensor)
    assert trainable_state(stock).keys() == trainable_state(ground.model).keys()

    # The stock recipe, by the tokenizer's own padding and transformers' own loss.
    batch = collate(ground.data.train, rows, ground.data.pad_token_id)
    stock.train()
    output = stock(**batch)
    output.loss.backward()
    loss, gradients = gradients_of(ground, rows)
    assert loss == pytest.approx(float(output.loss.detach()), rel=1e-5)
    for name, tensor in trainable_state(stock).items():
        scale = float(tensor.grad.abs().max())
        torch.testing.assert_close(gradients[name], tensor.grad, rtol=1e-5, atol=1e-5 * scale, msg=name)
    assert all(float(gradient.abs().max()) > 0 for gradient in gradients.values())


@pytest.mark.parametrize("class_weights", ["none", "balanced"])
@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_accumulation_equals_one_big_batch(tiny_base: TinyBase, kind: str, class_weights: str) -> None:
    """Batches with unequal numbers of labels, and a short last one: the gradient is that of all rows together."""
    rows = list(range(22))
    once = make_ground(tiny_base("roberta"), kind, train_batch_size=22, class_weights=class_weights)
    whole_loss, whole = gradients_of(once, rows)
    split = make_ground(
        tiny_base("roberta"), kind, train_batch_size=5, gradient_accumulation_steps=5, class_weights=class_weights
    )
    parts_loss, parts = gradients_of(split, rows)
    assert parts_loss == pytest.approx(whole_loss, rel=1e-5)
    for name, gradient in whole.items():
        torch.testing.assert_close(parts[name], gradient, rtol=1e-4, atol=1e-6, msg=name)


def test_gradients_are_clipped_like_torchs(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"), max_grad_norm=0.01)
    trainer = trainer_of(ground)
    seen: list[float] = []
    inner = trainer.optimizer.step

    def look() -> None:
        seen.append(math.sqrt(sum(float((p.grad**2).sum()) for p in trainer.learned if p.grad is not None)))
        inner()

    trainer.optimizer.step = look  # type: ignore[method-assign, assignment]
    trainer.step([0, 1, 2, 3])
    assert seen == [pytest.approx(0.01, rel=1e-3)]


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
@pytest.mark.parametrize(("total", "warmup"), [(20, 0.1), (7, 0.06), (13, 0.0), (2, 0.5)])
def test_schedules_are_transformers(schedule: str, total: int, warmup: float) -> None:
    plan = replace(PLAN, schedule=schedule, warmup_ratio=warmup)  # type: ignore[arg-type]
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    make = get_linear_schedule_with_warmup if schedule == "linear" else get_cosine_schedule_with_warmup
    stock = make(optimizer, math.ceil(warmup * total), total)
    for step in range(total + 1):
        assert learning_rate_factor(step, total, plan) == pytest.approx(stock.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        stock.step()


def test_a_single_step_learns_something() -> None:
    assert learning_rate_factor(0, 1, PLAN) == 1.0


def test_the_optimizer_uses_the_schedule(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = make_ground(tiny_base("roberta"), epochs=2, warmup_ratio=0.25)
    seen: list[tuple[float, ...]] = []
    step = torch.optim.AdamW.step

    def look(self: torch.optim.AdamW, *arguments: Any, **options: Any) -> Any:
        seen.append(tuple(group["lr"] for group in self.param_groups))
        return step(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", look)
        result = train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
    assert result.steps == len(seen) == 12  # 22 rows in batches of 4, twice
    factors = [learning_rate_factor(number, 12, ground.plan) for number in range(12)]
    for rates, factor in zip(seen, factors, strict=True):
        assert sorted(set(rates)) == pytest.approx(sorted({2e-3 * factor, 5e-3 * factor}))


def test_groups_of_the_optimizer(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("bert-no-pooler"))
    optimizer = make_optimizer(ground.model, ground.plan, ground.encoder.new_modules)
    names = {id(tensor): name for name, tensor in trainable_state(ground.model).items()}
    found = {
        names[id(tensor)]: (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for tensor in group["params"]
    }
    assert found.keys() == set(names.values())
    for name, settings in found.items():
        is_head = "pooler" in name or "classifier" in name
        assert settings == (5e-3 if is_head else 2e-3, 0.0 if name.endswith("bias") else 0.01), name


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_balanced_weights_are_scikit_learns(tiny_base: TinyBase, kind: str) -> None:
    ground = make_ground(tiny_base("roberta"), kind, class_weights="balanced")
    labels: Any = ground.data.train.label_ids
    flat = np.array(labels if kind == "text" else [label for row in labels for label in row if label >= 0])
    present = np.unique(flat)
    weights = trainer_of(ground).weights
    assert weights is not None
    expected = np.zeros(3)
    expected[present] = compute_class_weight("balanced", classes=present, y=flat)
    np.testing.assert_allclose(weights.numpy(), expected, rtol=1e-6)
    if kind == "tokens":
        assert weights[2] == 0.0  # I-X never occurs: no weight, and no share in the others' either


@pytest.mark.parametrize("broken", ["loss", "gradient"])
def test_nothing_that_is_not_finite_is_applied(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    ground = make_ground(tiny_base("roberta"), epochs=2)
    before: list[dict[str, torch.Tensor]] = []
    inner = Trainer._backward

    def poison(self: Trainer, batch: Any, total_weight: float) -> torch.Tensor:
        loss = inner(self, batch, total_weight)
        if self.result.steps >= 7:  # in the second epoch
            before.append(ground.state())
            if broken == "loss":
                return torch.tensor(math.nan)
            self.learned[0].grad.fill_(math.inf)  # type: ignore[union-attr]
        return loss

    monkeypatch.setattr(Trainer, "_backward", poison)
    with pytest.raises(RecipeError) as caught:
        train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
    assert str(caught.value) == (
        f"the {broken} is not finite in 5 steps in a row, up to step 12. None of them was taken, and what was learned "
        "before is saved: --resume goes on from there, with the rows that follow. If it comes again, start anew with "
        "--overwrite and, in this order, --set training.learning_rate=0.0007 (now 0.002); "
        "--set training.max_grad_norm=0.1 (now 1)."
    )
    assert equal_states(ground.state(), before[0])
    assert [path.name for path in sorted(tmp_path.glob("step-*"))] == ["step-00000006", "step-00000012"]


def test_a_split_without_labels_is_refused(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = make_ground(tiny_base("roberta"))
    data = replace(ground.data, validation=replace(ground.data.validation, label_ids=None))
    with pytest.raises(DataError) as caught:
        train(ground.model, data, ground.plan, ground.encoder.new_modules, tmp_path)
    assert (
        str(caught.value)
        == "data: the validation split has no labelled rows. Training needs some to choose the best epoch by."
    )


def test_two_trainings_in_one_process_have_their_own_precision(tiny_base: TinyBase, tmp_path: Path) -> None:
    dtypes = []
    for number, precision in enumerate(["fp32", "bf16-mixed", "fp16-mixed", "fp32"]):
        ground = make_ground(tiny_base("roberta"), precision=precision, epochs=1)
        result = train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path / str(number))
        dtypes.append(result.observed_dtypes["products of frozen layers"])
    assert dtypes == ["float32", "bfloat16", "float16", "float32"]


@pytest.mark.parametrize("method", ["lora", "head", "full"])
def test_everything_that_shall_learn_moves_and_nothing_else(tiny_base: TinyBase, tmp_path: Path, method: str) -> None:
    ground = make_ground(tiny_base("bert-no-pooler"), method=method, epochs=1)
    before = {name: tensor.detach().clone() for name, tensor in ground.model.named_parameters()}
    train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
    moved = {name for name, tensor in ground.model.named_parameters() if not torch.equal(before[name], tensor)}
    learned = set(trainable_state(ground.model))
    assert moved <= learned
    # Rows of the vocabulary that never occur, and keys' biases (softmax forgets them), have no gradient.
    assert {name for name in learned - moved if not name.endswith("key.bias")} == set()


def test_counters(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = make_ground(tiny_base("roberta"), epochs=2)
    told: list[tuple[int, int]] = []
    result = train(
        ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path,
        on_step=lambda step, total, loss: told.append((step, total)),
    )  # fmt: skip
    assert (result.steps, result.rows) == (12, 44)
    assert result.real_tokens == 2 * sum(ground.data.train.lengths)
    assert told == [(step, 12) for step in range(1, 13)]
    assert [(record.epoch, record.step) for record in result.curve] == [(1, 6), (2, 12)]
    assert result.curve[-1].learning_rate == 0.0
    assert result.seconds > 0


def test_the_stock_model_scores_what_the_curve_says(tiny_base: TinyBase, tmp_path: Path) -> None:
    """Validation loss and accuracy recomputed by hand from the model that training leaves behind."""
    ground = make_ground(tiny_base("roberta"), epochs=1)
    result = train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
    assert isinstance(ground.model, PeftModel)
    batch = collate(ground.data.validation, rows_of(ground.data.validation), ground.data.pad_token_id)
    with torch.no_grad():
        output = ground.model(**batch)
    assert result.curve[0].validation_loss == pytest.approx(float(output.loss), rel=1e-5)
    accuracy = float((output.logits.argmax(-1) == batch["labels"]).float().mean())
    assert result.curve[0].validation_metric == pytest.approx(accuracy)
    assert AutoTokenizer.from_pretrained(tiny_base("roberta")).pad_token_id == ground.data.pad_token_id
