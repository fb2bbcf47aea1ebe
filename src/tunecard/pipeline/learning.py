"""From a base to a trained model: one seed of the adapter, or one control, by the same loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from tunecard.adapters import AdapterPlan, add_adapter, leaves_base_frozen, trainable_state
from tunecard.encoders import BaseFiles, Encoder, is_stored_in_bf16, load_encoder
from tunecard.errors import Interrupted
from tunecard.inference import leave_fast_path, take_fast_path
from tunecard.pipeline.progress import Listener
from tunecard.recipe import Recipe
from tunecard.tasks import Task
from tunecard.training import (
    EpochRecord,
    ProbeReport,
    TrainingData,
    TrainingPlan,
    TrainingResult,
    start_head_from_probe,
    train,
    train_together,
)
from tunecard.training.result import Trained

# The full control has millions of free weights: it learns at the field's rate for that (Devlin et al. 2019).
FULL_RATE = 5e-5


@dataclass(frozen=True)
class Ground:
    """What every training of a run stands on."""

    recipe: Recipe
    base: BaseFiles
    task: Task
    data: TrainingData
    checkpoints: Path
    resume: bool
    should_stop: Callable[[], bool]
    listener: Listener

    def begin(self, stage: str) -> None:
        """Tells of a stage. Raises: Interrupted: a stop was asked for since the last step; what was made is kept."""
        if self.should_stop():
            raise Interrupted(f"stopped before: {stage}. What was made is kept. Go on with --resume.")
        self.listener.stage(stage)


@dataclass(frozen=True)
class _Start:
    """A model before its first step; `is_rounded`: its base was stored in bf16 from the beginning."""

    encoder: Encoder
    model: nn.Module
    is_rounded: bool
    plan: TrainingPlan
    probe: ProbeReport | None
    folder: Path


def learn(ground: Ground, method: str, seed: int) -> Trained:
    """Loads the base afresh, adds `method`, trains. The listener hears every step and epoch."""
    start, plan = _start(ground, method, seed), training_plan(ground.recipe, method, seed)
    result = train(
        start.model, ground.data, plan, start.encoder.new_modules, start.folder,
        resume=ground.resume, should_stop=ground.should_stop, on_step=ground.listener.step,
        on_epoch=lambda record: ground.listener.epoch(record, plan.epochs, plan.best_metric),
    )  # fmt: skip
    is_rounded = start.is_rounded or result.path["compute_dtype"] != "float32"
    return _trained(ground, start, result, method, release_frozen_weights(start.model) if is_rounded else None)


def learn_together(ground: Ground, method: str, seeds: Sequence[int]) -> list[Trained]:
    """One training a seed, in steps of all over one frozen base; each as it would be alone."""
    starts = _with_one_copy([_start(ground, method, seed) for seed in seeds])
    plan = starts[0].plan

    def tell(number: int, record: EpochRecord) -> None:
        ground.listener.note(f"seed {seeds[number]}")
        ground.listener.epoch(record, plan.epochs, plan.best_metric)

    results = train_together(
        [start.model for start in starts], ground.data, [start.plan for start in starts],
        starts[0].encoder.new_modules, [start.folder for start in starts],
        resume=ground.resume, should_stop=ground.should_stop,
        on_step=lambda number, step, total, loss: ground.listener.step(step, total, loss), on_epoch=tell,
    )  # fmt: skip
    all_learned = [
        release_frozen_weights(start.model) for start in starts
    ]  # they lent their frozen weights to each other
    return [
        _trained(ground, start, result, method, learned)
        for start, result, learned in zip(starts, results, all_learned, strict=True)
    ]


def _start(ground: Ground, method: str, seed: int) -> _Start:
    recipe, task = ground.recipe, ground.task
    encoder = load_for_training(ground.base, task, recipe, method, seed)
    is_rounded = is_stored_in_bf16(encoder.model)
    probe = None
    if recipe.adapter.train_head == "from-probe":
        ground.listener.note("the head starts from a linear probe of the frozen encoder; fitting it")
        encoder.model.requires_grad_(False)  # adding the adapter decides which parameters are trainable
        # A probe of rounded weights fits what training in bf16 will have the head read, and learn on from; only the
        # head that comes out of that training meets the base in fp32.
        take_fast_path(encoder.model, torch.bfloat16 if is_rounded else torch.float32)
        probe = start_head_from_probe(encoder.model, ground.data, encoder.new_modules, seed)
        leave_fast_path(encoder.model)
    plan = training_plan(recipe, method, seed)
    model = add_adapter(encoder.model, adapter_plan(recipe, task, encoder.new_modules, method), seed)
    model.to(torch.device(plan.device))
    return _Start(encoder, model, is_rounded, plan, probe, ground.checkpoints / f"{method}-seed-{seed}")


def _with_one_copy(starts: Sequence[_Start]) -> list[_Start]:
    """The same, all holding the frozen features of the first seed: one copy is enough to judge the labels by."""
    first = starts[0].probe
    return [
        start
        if first is None or start.probe is None
        else replace(start, probe=replace(start.probe, features=first.features))
        for start in starts
    ]


def load_for_training(base: BaseFiles, task: Task, recipe: Recipe, method: str, seed: int) -> Encoder:
    """The base under a new head; training in bf16 needs its frozen blocks in nothing finer, and never reads them so."""
    in_bf16 = recipe.training.precision == "bf16-mixed" and leaves_base_frozen(adapter_plan(recipe, task, [], method))
    dtype = torch.bfloat16 if in_bf16 else torch.float32
    return load_encoder(base, task.auto_class, task.labels, task.problem_type, seed, dtype)


def release_frozen_weights(model: nn.Module) -> dict[str, Tensor]:
    """What a model has learned, by name; all else of it is freed, whoever still holds the model."""
    learned = {name: tensor.detach() for name, tensor in trainable_state(model).items()}
    leave_fast_path(model)  # fused layers have a name of their own for the weights
    model.to(torch.device("meta"))
    return learned


def _trained(
    ground: Ground, start: _Start, result: TrainingResult, method: str, learned: dict[str, Tensor] | None
) -> Trained:
    model = start.model if learned is None else _in_fp32(ground, learned, start.plan, method)
    return Trained(model, start.encoder, result, start.plan, start.probe, start.plan.seed)


def _in_fp32(ground: Ground, learned: dict[str, Tensor], plan: TrainingPlan, method: str) -> nn.Module:
    """What was learned, on a base loaded afresh: training in bf16 rounded the frozen weights of its own copy, and
    training of several seeds lent them to each other."""
    recipe, task = ground.recipe, ground.task
    encoder = load_encoder(ground.base, task.auto_class, task.labels, task.problem_type, plan.seed)
    model = add_adapter(encoder.model, adapter_plan(recipe, task, encoder.new_modules, method), plan.seed)
    with torch.no_grad():
        for name, tensor in trainable_state(model).items():
            tensor.copy_(learned[name])
    model.to(torch.device(plan.device)).eval()
    take_fast_path(model)
    return model


def adapter_plan(recipe: Recipe, task: Task, new_modules: Sequence[str], method: str) -> AdapterPlan:
    """The adapter block of a resolved recipe as the plan of `method`."""
    adapter = recipe.adapter
    return AdapterPlan(
        method=method,
        rank=int(adapter.rank),
        alpha=float(adapter.alpha),
        dropout=float(adapter.dropout),
        targets=adapter.target_modules,
        bias=adapter.bias,
        new_modules=list(new_modules),
        task_type=task.peft_task_type,
    )


def training_plan(recipe: Recipe, method: str, seed: int) -> TrainingPlan:
    """The training block of a resolved recipe as the loop's plan; the `full` control learns at a rate of its own."""
    training = recipe.training
    rate = float(training.learning_rate)
    plan = TrainingPlan(
        epochs=int(training.epochs),
        learning_rate=rate,
        head_learning_rate=rate,
        train_batch_size=int(training.train_batch_size),
        precision=training.precision,  # type: ignore[arg-type]  # checked when the recipe was resolved
        seed=seed,
        weight_decay=training.weight_decay,
        warmup_ratio=training.warmup_ratio,
        schedule=training.schedule,
        gradient_accumulation_steps=training.gradient_accumulation_steps,
        max_grad_norm=training.max_grad_norm,
        best_metric=training.best_metric,
        early_stopping=training.early_stopping,  # type: ignore[arg-type]  # resolved
        class_weights=training.class_weights,
        log_to=tuple(training.log_to),
        device=recipe.device,
        cache_frozen_prefix=training.cache_frozen_prefix and method != "full",
    )
    return replace(plan, learning_rate=FULL_RATE) if method == "full" else plan
