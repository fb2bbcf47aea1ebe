"""Regimes in short types against stock PEFT in the same regime: as far from fp32 as that is, and no farther."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from stopped_training import go, require_same_when_stopped
from tiny_training import Ground, equal_states, make_ground
from tunecard.adapters import trainable_state
from tunecard.errors import RecipeError
from tunecard.inference.batches import collate
from tunecard.training import Trainer
from tunecard.training.compensated_adamw import CompensatedAdamW
from tunecard.training.optimizer import learning_rate_factor, make_optimizer
from tunecard.training.regime import REGIMES, Precision, choose_precision, tell_if_slow

TinyBase = Callable[[str], Path]
STEPS = 5
SHORT: list[Precision] = ["bf16-mixed", "fp16-mixed", "bf16", "fp16"]
# A scale at which the gradients of these tiny bases do not overflow.
SCALE = 2.0**10
# In units of `eps`, the step between 1 and the next number of the type. Between input and loss of a base of two layers
# lie about 16 roundings one after the other, each wrong by half a unit at most; they add up like a random walk:
# sqrt(16) / 2. Where everything is stored in the type, residuals, norms, logits and updates are rounded, too: four
# times as many. Gradients have the way back as well, and are small differences of larger numbers.
LOSS_UNITS: dict[Precision, float] = {"bf16-mixed": 2.0, "fp16-mixed": 2.0, "bf16": 4.0, "fp16": 4.0}
GRADIENT_UNITS = 8.0


class Course(NamedTuple):
    """Mean losses of a few steps, and the gradients of the first."""

    losses: Tensor
    gradients: Tensor


def ground_of(base: Path, kind: str, method: str, precision: Precision) -> Ground:
    ground = make_ground(
        base, kind, method=method, precision=precision, learning_rate=1e-3, head_learning_rate=1e-3,
        max_grad_norm=1e9, warmup_ratio=0.0, epochs=100,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(5)
    for name, tensor in trainable_state(ground.model).items():
        if "lora_" in name:  # B is zero at the start: A would get no gradient
            tensor.data += 0.1 * torch.randn(tensor.shape, generator=generator)
    ground.model.train()
    return ground


def batches(ground: Ground) -> list[list[int]]:
    generator = torch.Generator().manual_seed(9)
    return [torch.randperm(len(ground.data.train), generator=generator)[:6].tolist() for _ in range(STEPS)]


def gradients_of(ground: Ground) -> Tensor:
    """Where weights are in fp16, their gradients stay scaled: what is unscaled are copies."""
    scale = SCALE if ground.plan.precision == "fp16" else 1.0
    tensors = trainable_state(ground.model).values()
    return torch.cat([tensor.grad.float().flatten() / scale for tensor in tensors if tensor.grad is not None])


def our_course(ground: Ground) -> Course:
    trainer = Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)
    scale_of(trainer, SCALE)
    caught: list[Tensor] = []
    inner = trainer.optimizer.step

    def look() -> None:
        caught.append(gradients_of(ground))
        inner()

    trainer.optimizer.step = look  # type: ignore[method-assign, assignment]
    ground.model.train()
    losses = []
    for rows in batches(ground):
        reading = trainer.step(rows)
        trainer.result.steps += 1
        assert not reading.outcome.is_skipped
        losses.append(reading.mean_loss)
    return Course(torch.tensor(losses), caught[0])


def stock_course(ground: Ground) -> Course:
    """PEFT's model under torch's autocast and gradient scaler, or cast as a whole."""
    regime, model, plan = REGIMES[ground.plan.precision], ground.model, ground.plan
    model.to(regime.stored)
    optimizer = make_optimizer(model, plan, ground.encoder.new_modules)
    scaler = torch.amp.GradScaler("cpu", init_scale=SCALE, enabled=regime.is_scaled)
    peaks = [group["lr"] for group in optimizer.param_groups]
    losses, caught = [], []
    for number, rows in enumerate(batches(ground)):
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * learning_rate_factor(number, 6 * plan.epochs, plan)
        with torch.autocast("cpu", regime.compute) if regime.is_mixed else nullcontext():
            loss: Any = model(**collate(ground.data.train, rows, ground.data.pad_token_id)).loss
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        caught.append(gradients_of(ground) / (SCALE if ground.plan.precision == "fp16-mixed" else 1.0))
        if isinstance(optimizer, CompensatedAdamW):
            scaler.unscale_(optimizer.widened())  # type: ignore[arg-type]
            optimizer.step()
        else:
            scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    return Course(torch.tensor(losses), caught[0])


@cache
def exact_course(base: Path, kind: str, method: str) -> Course:
    return stock_course(ground_of(base, kind, method, "fp32"))


def distances(one: Course, other: Course, eps: float) -> tuple[float, float]:
    """The largest distance of losses (all are near 1), and that of gradients by their norm, in units of `eps`."""
    assert float(other.losses.min()) > 0.1 and float(other.losses.max()) < 3
    gradients = (one.gradients - other.gradients).norm() / other.gradients.norm()
    return float((one.losses - other.losses).abs().max()) / eps, float(gradients) / eps


@pytest.mark.parametrize("precision", SHORT)
@pytest.mark.parametrize(
    ("architecture", "kind", "way"),
    [
        ("roberta", "text", "packed"),
        ("roberta", "tokens", "packed"),
        ("bert", "text", "packed"),
        ("bert", "tokens", "packed"),
        ("roberta", "text", "padded"),
        ("bert", "tokens", "full"),
    ],
)
def test_a_regime_is_stock_peft_s(
    tiny_base: TinyBase,
    monkeypatch: pytest.MonkeyPatch,
    architecture: str,
    kind: str,
    way: str,
    precision: Precision,
) -> None:
    """LoRA on packed rows and fused layers; on padded rows, where autocast does the same; and all weights."""
    if way == "padded":
        monkeypatch.setattr("tunecard.inference.fast_path.why_not_packed", lambda model: "a test asks for padding")
    base, method = tiny_base(architecture), "full" if way == "full" else "lora"
    ours, stock = (course(ground_of(base, kind, method, precision)) for course in (our_course, stock_course))
    exact = exact_course(base, kind, method)
    eps, most, most_gradient = torch.finfo(REGIMES[precision].compute).eps, LOSS_UNITS[precision], GRADIENT_UNITS
    loss, gradient = distances(ours, stock, eps)
    assert loss <= most and gradient <= most_gradient
    # The tolerance is of the size of what the regime itself does to the numbers (a mean loss averages much of it out).
    stock_loss, stock_gradient = distances(stock, exact, eps)
    assert most / 40 <= stock_loss <= most and most_gradient / 16 <= stock_gradient <= most_gradient
    # And ours is as far from fp32 as stock's, and no farther.
    our_loss, our_gradient = distances(ours, exact, eps)
    assert most / 40 <= our_loss <= most and most_gradient / 16 <= our_gradient <= 1.5 * stock_gradient


TYPES = {
    "bf16-mixed": ("bfloat16", torch.bfloat16, torch.float32),
    "fp16-mixed": ("float16", torch.float16, torch.float32),
    "bf16": ("bfloat16", torch.bfloat16, torch.bfloat16),
    "fp16": ("float16", torch.float16, torch.float16),
}


@pytest.mark.parametrize("precision", SHORT)
def test_what_is_stored_in_which_type(tiny_base: TinyBase, tmp_path: Path, precision: Precision) -> None:
    name, compute, stored = TYPES[precision]
    ground = make_ground(tiny_base("roberta"), precision=precision, epochs=1)
    result = go(ground, tmp_path)
    rest = str(stored).removeprefix("torch.")
    assert result.observed_dtypes == {
        "products of frozen layers": name, "logits": rest, "trainable weights": rest,
        "frozen weights": ", ".join(sorted({name, rest})), "gradients": rest,
        "optimizer moments": "float32" if precision == "fp16" else rest,
    }  # fmt: skip
    assert result.path["compute_dtype"] == name
    assert {tensor.dtype for tensor in ground.state().values()} == {stored}
    frozen = {name: p.dtype for name, p in ground.model.named_parameters() if not p.requires_grad}
    assert {dtype for name, dtype in frozen.items() if "query.base_layer" in name} == {compute}
    assert {dtype for name, dtype in frozen.items() if "LayerNorm" in name or "embeddings" in name} == {stored}


def test_rounded_weights_stay_shared(tiny_base: TinyBase) -> None:
    """Query, key and value are views of one matrix in bf16, too."""
    ground = make_ground(tiny_base("roberta"), precision="bf16")
    Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)
    attention: Any = ground.encoder.model.base_model.encoder.layer[0].attention.self
    layers = (attention.query, attention.key, attention.value)
    assert len({layer.base_layer.weight.untyped_storage().data_ptr() for layer in layers}) == 1


@pytest.mark.parametrize("precision", SHORT)
def test_a_mean_over_tokens_learns_in_every_regime(tiny_base: TinyBase, tmp_path: Path, precision: Precision) -> None:
    """ModernBERT's texts, and rotary positions."""
    ground = make_ground(tiny_base("modernbert"), precision=precision, epochs=4)
    ground.encoder.model.config.classifier_pooling = "mean"  # type: ignore[attr-defined]
    result = go(ground, tmp_path)
    assert result.path["is_packed"]
    assert result.curve[-1].train_loss < result.curve[0].train_loss
    assert result.rescored == result.best_score


@pytest.mark.parametrize("precision", SHORT)
def test_states_of_a_frozen_prefix_fit(tiny_base: TinyBase, tmp_path: Path, precision: Precision) -> None:
    top = ["layer.1.attention.self.query", "layer.1.attention.self.value"]
    losses = []
    for cached in (False, True):
        ground = make_ground(
            tiny_base("roberta"), targets=top, cache_frozen_prefix=cached, precision=precision, epochs=1
        )
        losses.append(go(ground, tmp_path / str(cached)).curve[0].train_loss)
    assert losses[0] == pytest.approx(losses[1], rel=3 * torch.finfo(REGIMES[precision].compute).eps)


def scale_of(trainer: Trainer, scale: float | None = None) -> float:
    """The scale of the loss; sets it where one is given."""
    state = trainer.update.state()
    if scale is not None:
        trainer.update.load({**state, "scale": scale} if state else {})
    return float(trainer.update.state().get("scale", 1.0))


@pytest.fixture
def high_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings begin with a scale at which gradients overflow."""
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=2.0**24))


def test_an_overflow_skips_the_step_and_halves_the_scale(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"), precision="fp16-mixed", warmup_ratio=0.0)
    trainer = Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)
    ground.model.train()
    scale_of(trainer, 2.0**30)
    before, readings, scales = ground.state(), [], []
    while not readings or readings[-1].outcome.is_skipped:
        assert equal_states(ground.state(), before)
        readings.append(trainer.step([0, 1, 2, 3]))
        scales.append(scale_of(trainer))
        assert not readings[-1].outcome.is_broken
    assert len(readings) > 8
    halvings = [2.0 ** (29 - number) for number in range(len(readings) - 1)]
    assert scales == [*halvings, halvings[-1]]
    assert len({reading.mean_loss for reading in readings}) == 1  # nothing was applied in between
    assert not equal_states(ground.state(), before)
    steps = {float(state["step"]) for state in trainer.optimizer.state.values()}
    assert steps == {1.0}


def test_the_scale_has_a_floor_and_below_it_an_overflow_is_a_fault(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=4.0))
    ground = make_ground(tiny_base("roberta"), precision="fp16-mixed")
    first = next(iter(trainable_state(ground.model).values()))
    first.register_hook(lambda grad: grad * float("inf"))  # at any scale
    before, told = ground.state(), []
    with pytest.raises(RecipeError, match=r"the gradient is not finite in 5 steps in a row, up to step 7\. "):
        go(ground, tmp_path, on_step=lambda step, total, loss: told.append(step))
    assert told == [1, 2, 3, 4, 5, 6]  # at scales 4 and 2, then four of the five
    assert equal_states(ground.state(), before)


def test_a_loss_that_is_not_finite_is_no_matter_of_scale(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = make_ground(tiny_base("roberta"), precision="fp16-mixed")
    next(iter(trainable_state(ground.model).values())).data.fill_(float("inf"))
    with pytest.raises(RecipeError, match="the loss is not finite in 5 steps in a row, up to step 5"):
        go(ground, tmp_path)


@pytest.mark.usefixtures("high_scale")
@pytest.mark.parametrize("stop", [2, 6, 14])
def test_the_scale_survives_an_interruption(tiny_base: TinyBase, tmp_path: Path, stop: int) -> None:
    """While it still falls, at an epoch's end, and later: every bit is that of a training that was not stopped."""
    expected = require_same_when_stopped(
        lambda: make_ground(tiny_base("roberta"), precision="fp16-mixed", epochs=3, dropout=0.1), tmp_path, stop
    )
    assert 4 < expected.skipped_steps < 14


@pytest.mark.parametrize(
    ("has_bf16", "capability", "chosen"),
    [
        (True, (8, 0), "bf16-mixed"),
        (False, (7, 5), "fp16-mixed"),
        (False, (7, 0), "fp16-mixed"),
        (False, (6, 1), "fp32"),
    ],
)
def test_a_gpu_decides_its_regime(
    monkeypatch: pytest.MonkeyPatch, has_bf16: bool, capability: tuple[int, int], chosen: str
) -> None:
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation: has_bf16)
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda device: capability)
    assert choose_precision("cuda:1") == chosen


@pytest.mark.parametrize(
    ("precision", "device", "has_bf16", "is_slow"),
    [
        ("fp16-mixed", "cpu", True, True),
        ("fp16-mixed", "cuda:0", True, False),
        ("bf16-mixed", "cpu", True, False),
        ("bf16-mixed", "cpu", False, True),
        ("bf16", "cpu", False, True),
        ("fp16", "cpu", True, True),
        ("fp8-mixed", "cpu", True, True),
        ("fp32", "cpu", False, False),
    ],
)
def test_a_regime_that_this_processor_is_slow_at_is_told(
    monkeypatch: pytest.MonkeyPatch, precision: str, device: str, has_bf16: bool, is_slow: bool
) -> None:
    monkeypatch.setattr("tunecard.training.regime._has_bf16", lambda: has_bf16)
    told = tell_if_slow(precision, device)
    assert (told is not None) == is_slow
    assert told is None or told.startswith(f"{precision} is slower than fp32 on this processor")
