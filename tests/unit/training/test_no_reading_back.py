"""A step asks nothing of the device: its numbers are read when they have arrived, and told with the right step."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tiny_training import Ground, equal_states, make_ground
from tunecard.adapters.fused.shared_base import SharedBase, share_frozen
from tunecard.errors import Interrupted, RecipeError
from tunecard.training import Trainer, train, train_together
from tunecard.training.seeds.joint_steps import JointSteps
from tunecard.training.step_reading import StepReading

TinyBase = Callable[[str], Path]
# What needs a number on the host, as `float(x)`, `bool(x)` and `x.item()` do: nobody does that, with any tensor.
READS = {"aten::_local_scalar_dense", "aten::equal", "aten::is_nonzero"}
# Results whose shape depends on values. Index tensors of a batch are made so, but on the host.
SHAPES = {"aten::masked_select", "aten::nonzero"}


class CountReads(TorchDispatchMode):
    """Counts operators that would have a GPU's host wait.

    Tensors that would lie on the GPU are the model's, and whatever follows from them.
    """

    def __init__(self, *roots: Any) -> None:
        super().__init__()
        self.on_device = [tensor for root in roots for tensor in (*root.parameters(), *root.buffers())]
        self.ids = {id(tensor) for tensor in self.on_device}
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, tensors = func._schema.name, list(_tensors((args, kwargs)))
        on_device = any(id(tensor) in self.ids for tensor in tensors)
        by_mask = name.startswith("aten::index") and any(t.dtype == torch.bool for t in tensors)
        if name in READS or (on_device and (name in SHAPES or by_mask)):
            self.seen.append(name)
        out = func(*args, **(kwargs or {}))
        if on_device:
            for tensor in _tensors(out):
                self.on_device.append(tensor)  # kept, so that no other tensor gets its id
                self.ids.add(id(tensor))
        return out


def _tensors(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)


def trainer_of(ground: Ground) -> Trainer:
    return Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)


@pytest.mark.parametrize("class_weights", ["none", "balanced"])
@pytest.mark.parametrize("kind", ["text", "tokens"])
@pytest.mark.parametrize("architecture", ["roberta", "bert", "distilbert", "modernbert"])
def test_a_step_reads_nothing_back(tiny_base: TinyBase, architecture: str, kind: str, class_weights: str) -> None:
    ground = make_ground(tiny_base(architecture), kind, class_weights=class_weights, train_batch_size=8)
    trainer = trainer_of(ground)
    assert trainer.path.is_packed
    ground.model.train()
    for number in range(2):  # the first one makes the moments
        with CountReads(ground.model) as counted:
            reading = trainer.step(range(8 * number, 8 * number + 8))
        trainer.result.steps += 1
        assert counted.seen == []
        assert len(counted.ids) > 150
        assert math.isfinite(reading.mean_loss)


def test_the_counter_counts(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"))
    with CountReads(ground.model) as counted, torch.no_grad():
        head = next(parameter for parameter in ground.model.parameters() if parameter.requires_grad)
        float(head.sum())
        bool((head * 2 > 0).all())
        _ = head.flatten()[head.flatten() > 0]
        torch.ones(3).nonzero()  # the host's own
        head.nonzero()
    assert counted.seen == ["aten::_local_scalar_dense", "aten::_local_scalar_dense", "aten::index", "aten::nonzero"]


def test_a_step_of_seeds_reads_nothing_back(tiny_base: TinyBase) -> None:
    made = [make_ground(tiny_base("roberta"), seed=seed) for seed in (1, 2)]
    trainers = [trainer_of(ground) for ground in made]
    share_frozen(made[0].model, made[1].model)
    steps = JointSteps(trainers, SharedBase([ground.model for ground in made]))
    with CountReads(*(ground.model for ground in made)) as counted:
        readings = steps.step({0: [0, 1, 2, 3], 1: [4, 5, 6, 7]})
    assert counted.seen == []
    assert all(math.isfinite(reading.mean_loss) for reading in readings.values())


@pytest.fixture
def slow_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU that has not finished a step when the next one is handed over."""
    monkeypatch.setattr(StepReading, "has_arrived", property(lambda self: False))


def go(ground: Ground, folder: Path, **options: Any) -> Any:
    return train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder, **options)


def test_late_readings_change_nothing(tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses are told with their own step, curves and checkpoints are the same."""
    settings: dict[str, Any] = {"epochs": 2, "dropout": 0.1}
    at_once, late = (make_ground(tiny_base("roberta"), **settings) for _ in range(2))
    told: list[list[Any]] = [[], []]
    expected = go(at_once, tmp_path / "at-once", on_step=lambda *step: told[0].append(step))
    monkeypatch.setattr(StepReading, "has_arrived", property(lambda self: False))
    result = go(late, tmp_path / "late", on_step=lambda *step: told[1].append(step))
    assert told[0] == told[1]
    assert [step[0] for step in told[0]] == list(range(1, 13))
    assert {**vars(result), "seconds": None} == {**vars(expected), "seconds": None}
    assert equal_states(late.state(), at_once.state())


@pytest.mark.usefixtures("slow_device")
def test_a_stop_saves_what_was_handed_over(tiny_base: TinyBase, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"epochs": 2, "dropout": 0.1}
    straight, cut, resumed = (make_ground(tiny_base("roberta"), **settings) for _ in range(3))
    expected = go(straight, tmp_path / "straight")
    told: list[int] = []
    asked = iter(range(100))
    with pytest.raises(Interrupted, match="stopped after step 3 of 12"):
        go(
            cut, tmp_path / "cut", on_step=lambda step, total, loss: told.append(step),
            should_stop=lambda: next(asked) == 2,
        )  # fmt: skip
    assert told == [1, 2, 3]
    result = go(resumed, tmp_path / "cut", resume=True)
    assert equal_states(resumed.state(), straight.state())
    assert {**vars(result), "seconds": None} == {**vars(expected), "seconds": None}


@pytest.mark.usefixtures("slow_device")
@pytest.mark.parametrize("at", [3, 6])
def test_what_is_not_finite_is_told_late_and_nothing_after_it_is_applied(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """In mid-epoch the next step is on its way already; at its end there is none."""
    ground = make_ground(tiny_base("roberta"), epochs=3)
    before: list[dict[str, torch.Tensor]] = []
    inner = Trainer._backward

    def poison(self: Trainer, rows: Any, total_weight: float) -> torch.Tensor:
        loss = inner(self, rows, total_weight)
        if self.result.steps < at - 1:
            return loss
        before.append(ground.state())
        return loss * math.nan

    monkeypatch.setattr(Trainer, "_backward", poison)
    told: list[int] = []
    with pytest.raises(RecipeError, match=f"the loss is not finite in 5 steps in a row, up to step {at + 4}. "):
        go(ground, tmp_path, on_step=lambda step, total, loss: told.append(step))
    assert told == list(range(1, at + 4))
    assert equal_states(ground.state(), before[0])
    assert len(list(tmp_path.glob("step-*"))) == 1 + (at + 4 > 6)


@pytest.mark.usefixtures("slow_device")
def test_seeds_are_told_apart_when_readings_are_late(tiny_base: TinyBase, tmp_path: Path) -> None:
    made = [make_ground(tiny_base("roberta"), seed=seed, epochs=1) for seed in (1, 2)]
    told: list[Any] = []
    results = train_together(
        [ground.model for ground in made], made[0].data, [ground.plan for ground in made], made[0].encoder.new_modules,
        [tmp_path / "1", tmp_path / "2"], on_step=lambda number, step, total, loss: told.append((number, step)),
    )  # fmt: skip
    assert sorted(told) == [(number, step) for number in (0, 1) for step in range(1, 7)]
    assert [result.steps for result in results] == [6, 6]


def test_a_device_that_applies_everything_is_asked(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch's optimizer does not promise to skip, the host looks and skips."""
    monkeypatch.setattr("tunecard.training.update.SKIPS_ITSELF", ())
    ground = make_ground(tiny_base("roberta"), warmup_ratio=0.0)
    trainer = trainer_of(ground)
    ground.model.train()
    before = ground.state()
    trainer.learned[0].register_hook(lambda grad: grad * math.nan)
    assert trainer.step([0, 1]).outcome.is_failed
    assert equal_states(ground.state(), before)
    assert not trainer.optimizer.state
