"""From a base to a trained model: every seed of the adapter, or one control, by the same loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig
from peft.peft_model import PeftModel
from torch import Tensor, nn

from tunecard.adapters import add_adapter, put_trainable_state, trainable_state
from tunecard.adapters.conversion import Widening, on_same_base, on_untouched_base, widening_of
from tunecard.adapters.earlier import put_earlier
from tunecard.adapters.merging import difference_in_logits, probe_logits
from tunecard.adapters.methods.registry import METHODS, leaves_base_frozen
from tunecard.adapters.starts.registry import factors, frozen_parts
from tunecard.counted import counted
from tunecard.encoders import Encoder, is_stored_in_bf16, load_encoder
from tunecard.encoders.hidden_layer import with_open_head
from tunecard.inference import leave_fast_path, take_fast_path
from tunecard.measurement import timed
from tunecard.pipeline.counted_steps import counted_steps
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.pipeline.progress import AfterEpoch, goes_on
from tunecard.pipeline.resolving import learning_rate_for
from tunecard.pipeline.warm_rows import warm_rows
from tunecard.ranks.group import Group
from tunecard.training import (
    EpochRecord,
    ProbeReport,
    TrainingPlan,
    TrainingResult,
    start_head_from_probe,
    train,
    train_together,
)
from tunecard.training.objectives import objective_of
from tunecard.training.ranks.following import follow_training
from tunecard.training.result import NoWarmStart, Trained, WarmStart
from tunecard.training.start_rows import sample_start_rows
from tunecard.training.temperature import calibrate
from tunecard.training.trial import Trial, take_first_steps
from tunecard.training.warm_start import start_at_view


@dataclass(frozen=True)
class SharedStart:
    """Where several trainings begin alike, so that their weights may be averaged."""

    learned: Mapping[str, Tensor]
    probe: ProbeReport | None
    warm: WarmStart | NoWarmStart | None
    seed: int


@dataclass(frozen=True)
class Variant:
    """How a training differs from what the recipe says: in where it begins, or in its rate."""

    start: SharedStart | None = None
    rate: float | None = None

    def of(self, plan: TrainingPlan) -> TrainingPlan:
        """The plan at this rate; that of the head keeps its ratio to it."""
        if self.rate is None:
            return plan
        of_head = plan.head_learning_rate * (self.rate / plan.learning_rate)
        return replace(plan, learning_rate=self.rate, head_learning_rate=of_head)

    @property
    def suffix(self) -> str:
        """What tells its checkpoints from those of others."""
        return "" if self.rate is None else f"-rate-{self.rate:g}"


AS_ASKED = Variant()


@dataclass(frozen=True)
class _Start:
    """A model before its first step.

    Attributes:
        is_rounded: whether its base was stored in bf16 from the beginning.
        took: the factors that a part of the base was taken into, as they were then; empty where the base is whole.
        drawn: the seed that the adapter was drawn by.
    """

    encoder: Encoder
    model: nn.Module
    is_rounded: bool
    plan: TrainingPlan
    probe: ProbeReport | None
    folder: Path
    warm: WarmStart | NoWarmStart | None = None
    took: Mapping[str, Tensor] = field(default_factory=dict)
    drawn: int = 0


@dataclass(frozen=True)
class _Call:
    """What another rank must know to make the model of a training, but for the weights that it is given.

    Attributes:
        seed: of the training; drawn: of the adapter that it starts from.
        rate: of a variant.
        opens_head: whether the head's hidden layer learns, too.
    """

    method: str
    seed: int
    drawn: int
    rate: float | None
    opens_head: bool


def take_part(context: RunContext, call: Mapping[str, Any], group: Group) -> None:
    """The part of another rank than 0 in a training that rank 0 has called. Raises: as `follow_training`."""
    asked = _Call(**call)
    plan = Variant(rate=asked.rate).of(context.plans.training(asked.seed, asked.method))
    encoder = load_for_training(context.prepared, asked.method, asked.seed, opens_head=asked.opens_head)
    model = _under_adapter(context, encoder, asked.method, asked.drawn, plan)
    with context.stop.awaited():
        follow_training(model, context.prepared.training_data, plan, encoder.new_modules, group)


def begin(context: RunContext, method: str, seed: int) -> SharedStart:
    """The start of a training, for several that shall begin alike."""
    start = _start(context, method, seed, AS_ASKED)
    return SharedStart(release_frozen_weights(start.model), start.probe, start.warm, seed)


def take_trial(
    context: RunContext, method: str, seed: int, start: SharedStart, folder: Path, total_steps: int
) -> Trial:
    """The first steps of a training from a start, and what validation says then.

    Args:
        context: whose training rows are those of the steps alone.
        start: with the values of all that learns here, or of more.
        folder: for what is kept meanwhile.
        total_steps: of the training that these are the first steps of.
    """
    begun = _start(context, method, seed, Variant(start))
    data, modules = context.prepared.training_data, begun.encoder.new_modules
    return take_first_steps(begun.model, data, begun.plan, modules, folder, total_steps)


def learn(
    context: RunContext, method: str, seed: int, variant: Variant = AS_ASKED, after_epoch: AfterEpoch = goes_on
) -> Trained:
    """Loads the base afresh, adds `method`, trains. The listener hears every step and epoch; what `after_epoch` raises
    ends the training, whose state is saved."""
    start, listener = _start(context, method, seed, variant), context.listener
    plan = start.plan

    def tell(record: EpochRecord) -> None:
        listener.epoch(record, plan.epochs, plan.best_metric)
        after_epoch(record, plan.epochs)

    context.ranks.call(asdict(_Call(method, seed, start.drawn, variant.rate, carries_vectors(context, method))))
    with context.stop.awaited(), counted_steps(listener, [seed], plan.epochs) as on_step:
        result = train(
            start.model, context.prepared.training_data, plan, start.encoder.new_modules, start.folder,
            ranks=context.ranks, resume=context.resume, should_stop=context.stop, on_step=partial(on_step, 0),
            on_epoch=tell,
        )  # fmt: skip
    is_rounded = start.is_rounded or plan.stored != "full" or result.path["compute_dtype"] != "float32"
    return _trained(context, start, result, method, _left(start, method) if is_rounded or start.took else None)


def learn_together(
    context: RunContext, method: str, seeds: Sequence[int], variant: Variant = AS_ASKED
) -> list[Trained]:
    """One training a seed, in steps of all over one frozen base; each as it would be alone."""
    if not context.ranks.joins_seeds:
        return [learn(context, method, seed, variant) for seed in seeds]
    starts = _with_one_copy([_start(context, method, seed, variant) for seed in seeds])
    plan = starts[0].plan

    def tell(number: int, record: EpochRecord) -> None:
        context.listener.note(f"seed {number + 1} of {len(seeds)} (seed {seeds[number]})")
        context.listener.epoch(record, plan.epochs, plan.best_metric)

    with context.stop.awaited(), counted_steps(context.listener, seeds, plan.epochs) as on_step:
        results = train_together(
            [start.model for start in starts], context.prepared.training_data, [start.plan for start in starts],
            starts[0].encoder.new_modules, [start.folder for start in starts],
            resume=context.resume, should_stop=context.stop,
            on_step=on_step, on_epoch=tell,
        )  # fmt: skip
    # They lent their frozen weights to each other.
    every = [_left(start, method) for start in starts]
    return [
        _trained(context, start, result, method, left)
        for start, result, left in zip(starts, results, every, strict=True)
    ]


def _start(context: RunContext, method: str, seed: int, variant: Variant) -> _Start:
    prepared, plans = context.prepared, context.plans
    opens_head = carries_vectors(context, method)
    with counted("Loading the base"):
        encoder = load_for_training(prepared, method, seed, opens_head=opens_head)
    is_rounded = is_stored_in_bf16(encoder.model)
    plan = variant.of(plans.training(seed, method))
    view = plans.warm_start
    with timed("warm start"):
        rows = warm_rows(context, encoder.model, view) if opens_head and variant.start is None else None
    drawn = seed if variant.start is None else variant.start.seed
    model = _under_adapter(context, encoder, method, drawn, plan)
    took = factors(model, METHODS[method]) if method in METHODS and METHODS[method].moves_base else {}
    folder = context.checkpoints / f"{method}-seed-{seed}{variant.suffix}"
    if variant.start is not None:
        put_trainable_state(model, variant.start.learned)
        return _Start(encoder, model, is_rounded, plan, variant.start.probe, folder, variant.start.warm, took, drawn)
    warm: WarmStart | NoWarmStart | None = left_out(context, method)
    probe = None
    if rows is not None:
        context.listener.note("the head is taught to read what the frozen base says best, without labels")
        rate = learning_rate_for(int(encoder.model.config.hidden_size))
        at_rate = replace(plan, learning_rate=rate, head_learning_rate=rate)
        with timed("warm start", whole=True):
            warm = start_at_view(model, prepared.training_data, at_rate, encoder.new_modules, *rows, folder=folder)
    if isinstance(warm, NoWarmStart):
        context.listener.note(f"no phase without labels: {warm.reason}")
    if plans.starts_from_probe and not objective_of(prepared.task).no_probe:
        context.listener.note("the head starts from a linear probe of what it reads; fitting it")
        # A probe of rounded weights fits what training in bf16 will have the head read, and learn on from; only the
        # head that comes out of that training meets the base in fp32.
        path = take_fast_path(model, torch.bfloat16 if is_rounded else torch.float32)
        with timed("probe of the head"):
            probe = start_head_from_probe(model, prepared.training_data, encoder.new_modules, seed)
        # A phase without labels has brought the base into the form that it trains in, which nothing undoes.
        if path.stored == "full" and (is_rounded or path.compute_dtype == "float32"):
            leave_fast_path(model)
    return _Start(encoder, model, is_rounded, plan, probe, folder, warm, took, drawn)


def _under_adapter(context: RunContext, encoder: Encoder, method: str, drawn: int, plan: TrainingPlan) -> nn.Module:
    """The base under a new adapter or under the one that training goes on from, where it will compute."""
    prepared = context.prepared
    model = _begun(context, encoder, method, drawn, plan)
    if prepared.start is not None and method in METHODS:
        adapter = context.plans.adapter(prepared.task, encoder.new_modules, method)
        put_earlier(model, prepared.start.adapter, adapter, with_head=prepared.start.with_head)  # type: ignore[arg-type]
    return model.to(torch.device(plan.device))


def _begun(context: RunContext, encoder: Encoder, method: str, seed: int, plan: TrainingPlan) -> nn.Module:
    """The base under a new adapter, which has begun as its method does, from training rows where it asks for them."""
    prepared = context.prepared
    adapter = prepared.plans.adapter(prepared.task, encoder.new_modules, method)
    if method not in METHODS or METHODS[method].start is None:
        return add_adapter(encoder.model, adapter, seed)
    context.listener.note(f"{METHODS[method].title} decides where its factors start")
    with timed("start of the adapter"), counted("Deciding where the adapter starts"):
        base: nn.Module = encoder.model
        base.to(torch.device(plan.device))
        rows = sample_start_rows(prepared.training_data, seed, plan.device, plan.storage)
        return add_adapter(encoder.model, adapter, seed, rows)


def carries_vectors(context: RunContext, method: str) -> bool:
    """Whether the head is first taught to read a view of the base: where the probe of the base reads that best."""
    speaks_against = objective_of(context.prepared.task).no_warm_start
    return method in METHODS and not speaks_against and _best_view(context) == context.plans.warm_start


def left_out(context: RunContext, method: str) -> NoWarmStart | None:
    """Why a phase that the recipe names does not take place; None where it does, or where none is named."""
    if method not in METHODS or context.plans.warm_start == "none" or carries_vectors(context, method):
        return None
    speaks_against = objective_of(context.prepared.task).no_warm_start
    if speaks_against:
        return NoWarmStart(speaks_against)
    best = _best_view(context)
    return NoWarmStart(
        "the frozen base has no probe that could say which view it is read best in"
        if best is None
        else f"the probe of the frozen base does best with the view {best}, not {context.plans.warm_start}"
    )


def _best_view(context: RunContext) -> str | None:
    fit = next((finding for finding in context.fits if finding.id == "fit.probe"), None)
    view = fit.value.get("view") if fit is not None and isinstance(fit.value, Mapping) else None
    return view if isinstance(view, str) else None


def _with_one_copy(starts: Sequence[_Start]) -> list[_Start]:
    """The same, all holding the frozen features of the first seed: one copy is enough to judge the labels by."""
    first = starts[0].probe
    return [
        start
        if first is None or start.probe is None
        else replace(start, probe=replace(start.probe, features=first.features))
        for start in starts
    ]


def load_for_training(prepared: PreparedRun, method: str, seed: int, *, opens_head: bool = False) -> Encoder:
    """The base under a new head; training in bf16 needs its frozen blocks in nothing finer, and never reads them so.

    Args:
        opens_head: whether the head's hidden layer learns, too.
    """
    plans, task = prepared.plans, prepared.task
    # What `base_weights` stores comes of fp32; products in int8 take what the regime would have multiplied.
    is_narrow = plans.precision == "bf16-mixed" and plans.base_weights == "full"
    in_bf16 = is_narrow and leaves_base_frozen(plans.adapter(task, [], method))
    in_bf16 = in_bf16 and (method not in METHODS or METHODS[method].start is None)  # which decomposes what it reads
    dtype = torch.bfloat16 if in_bf16 else torch.float32
    with timed("loading the base"):
        encoder = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, seed, dtype)
    return with_open_head(encoder) if opens_head else encoder


def release_frozen_weights(model: nn.Module) -> dict[str, Tensor]:
    """What a model has learned, by name; all else of it is freed, whoever still holds the model."""
    learned = {name: tensor.detach() for name, tensor in trainable_state(model).items()}
    leave_fast_path(model)  # fused layers have a name of their own for the weights
    model.to(torch.device("meta"))
    return learned


@dataclass(frozen=True)
class _Left:
    """What a trained model leaves when its frozen weights are freed.

    Attributes:
        learned: with the parts of the adapter that stayed as they were drawn.
        config: PEFT's, as training left it; None of a control.
        logits: of a probe batch; None where its weights were rounded, or nothing is compared with them.
    """

    learned: dict[str, Tensor]
    config: PeftConfig | None
    logits: Tensor | None


def _left(start: _Start, method: str) -> _Left:
    model = start.model
    leave_fast_path(model)
    is_whole = all(parameter.dtype == torch.float32 for parameter in model.parameters())
    config = model.peft_config["default"] if isinstance(model, PeftModel) else None
    logits = probe_logits(model).cpu() if start.took and is_whole else None
    drawn = frozen_parts(model, METHODS[method]) if method in METHODS else {}
    return _Left({**drawn, **release_frozen_weights(model)}, config, logits)


def _trained(context: RunContext, start: _Start, result: TrainingResult, method: str, left: _Left | None) -> Trained:
    model, widening = (start.model, None) if left is None else _in_fp32(context, start, left, method)
    with timed("temperature"):
        data, modules = context.prepared.training_data, start.encoder.new_modules
        calibration = calibrate(model, data, modules, expected_of(start.probe))
    plan = start.plan
    return Trained(model, start.encoder, result, plan, start.probe, plan.seed, calibration, start.warm, widening)


def expected_of(probe: ProbeReport | None) -> float | None:
    """The share of answers that comes out right on rows that were not learned from, as far as a probe tells it."""
    return None if probe is None else probe.fitted.in_folds


def _in_fp32(context: RunContext, start: _Start, left: _Left, method: str) -> tuple[nn.Module, Widening | None]:
    """What was learned, on a base loaded afresh: training in bf16 rounded the frozen weights of its own copy, training
    of several seeds lent them to each other, and some starts take a part of them."""
    prepared, task, plan = context.prepared, context.prepared.task, start.plan
    with timed("loading the base"):
        encoder = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, plan.seed)
    encoder = with_open_head(encoder) if carries_vectors(context, method) else encoder
    widening = None
    if left.config is None:
        model = add_adapter(encoder.model, prepared.plans.adapter(task, encoder.new_modules, method), plan.seed)
        put_trainable_state(model, left.learned)
    elif start.took:
        model = on_untouched_base(encoder.model, left.config, left.learned, start.took)
        difference = None if left.logits is None else difference_in_logits(left.logits, probe_logits(model))
        widening = widening_of(left.config, left.learned, trainable_state(model), difference)
    else:
        model = on_same_base(encoder.model, METHODS[method], left.config, left.learned)
    model.to(torch.device(plan.device)).eval()
    take_fast_path(model)
    return model, widening
