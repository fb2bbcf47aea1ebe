"""Several seeds at once: each training as it would be alone, but frozen products computed once for all.

Rows, order, optimizer, checkpoints, kept epoch and early stopping are every seed's own. A seed that has stopped drops
out and the others go on. Where models cannot share a base, or one seed keeps the machine busy alone, seeds are trained
one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn

from tunecard.adapters.fused.shared_base import SharedBase, share_frozen, why_not_shared
from tunecard.encoders.layer_prefix import encoder_blocks
from tunecard.inference import leave_fast_path
from tunecard.measurement import timed
from tunecard.training.arrangement import LABELS
from tunecard.training.checkpoint import (
    Checkpoint,
    clear_checkpoints,
    clear_newer,
    load_best,
    restore,
    whole_checkpoints,
)
from tunecard.training.fingerprint import fingerprint
from tunecard.training.loop import check_labels, close_epoch, interruption, score_start, train
from tunecard.training.objectives import objective_of
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.progress import LOSS_SCALE, Callbacks, TrainingProgress
from tunecard.training.result import EpochRecord, TrainingResult
from tunecard.training.seeds.joint_steps import JointSteps, predict_through
from tunecard.training.trackers import tracking
from tunecard.training.trainer import NotFiniteError, Trainer

OnSeedStep = Callable[[int, int, int, float], None]
OnSeedEpoch = Callable[[int, EpochRecord], None]
# These libraries follow one run a process.
LONE_TRACKERS = {"wandb", "mlflow"}
# Multiplications of a block in a step of one seed, 128 tokens of a base 384 wide: with more of them a processor is busy
# with one seed alone, whose blocks are computed whole (docs/log.md, "Measured alone").
MOST_WORK = 128 * 12 * 384**2


@dataclass
class _Run:
    """One seed on its way. `position` is as checkpoints keep it."""

    number: int
    trainer: Trainer
    position: dict[str, Any]
    folder: Path
    progress: TrainingProgress | None = None
    order: tuple[int, list[int]] = (0, [])

    @property
    def is_done(self) -> bool:
        return bool(self.trainer.result.stopped) or self.position["epoch"] > self.trainer.plan.epochs

    def next_rows(self) -> list[int]:
        """The rows of its next step; none at the end of an epoch."""
        epoch, offset = self.position["epoch"], self.position["offset"]
        if self.order[0] != epoch:
            self.order = epoch, self.trainer.order(epoch)
        return self.order[1][offset : offset + self.trainer.rows_a_step]


def train_together(  # noqa: PLR0913 - as `train`, for several models
    models: Sequence[nn.Module],
    data: TrainingData,
    plans: Sequence[TrainingPlan],
    head_modules: Sequence[str],
    folders: Sequence[Path],
    *,
    resume: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
    on_step: OnSeedStep = lambda number, step, total, loss: None,
    on_epoch: OnSeedEpoch = lambda number, record: None,
) -> list[TrainingResult]:
    """Trains each model by its plan, as `train` would; afterwards each holds the weights of the epoch that it keeps.

    The frozen weights of all models are one from then on; `models[0]` is on the fast path, the others are not.
    With dropout, masks differ from those of a training alone.

    Args:
        models: same base and method, different seeds.
        plans: one a model; they differ in nothing but the seed.
        folders: of checkpoints, one a model.
        should_stop: as of `train`; all states are saved.
        on_step, on_epoch: as of `train`, with the number of the model in front.
    Returns: one result a model. `seconds` are its share: those of a joint step divided by the seeds in it.
    Raises: as `train`.
    """
    if not len(models) == len(plans) == len(folders) > 0:
        raise ValueError(f"one plan and one folder a model: got {len(models)}, {len(plans)} and {len(folders)}")
    check_labels(data)
    sees_labels = objective_of(data.task).sees == LABELS  # rows seen whole are learned one seed after the other
    is_joint = (
        sees_labels and not why_not_together(models, plans) and is_joint_training_faster(models[0], data, plans[0])
    )
    runs = _begin(models, data, plans, head_modules, folders, resume) if is_joint else None
    if runs is None:
        return [
            train(
                model, data, plan, head_modules, folder, resume=resume, should_stop=should_stop,
                on_step=partial(on_step, number), on_epoch=partial(on_epoch, number),
            )
            for number, (model, plan, folder) in enumerate(zip(models, plans, folders, strict=True))
        ]  # fmt: skip
    base = SharedBase(models)
    try:
        with _followed(runs, on_step, on_epoch), _kept_where_it_ends(runs):
            _go_on(runs, JointSteps([run.trainer for run in runs], base), should_stop)
        return [_finish(run) for run in runs]
    finally:
        base.close()


def why_not_together(models: Sequence[nn.Module], plans: Sequence[TrainingPlan]) -> str | None:
    """Why seeds must be trained one after the other, or None. The parity gate may still find a reason later."""
    lone = LONE_TRACKERS.intersection(plans[0].log_to)
    if lone:
        return f"{', '.join(sorted(lone))} can follow one training at a time"
    if plans[0].rule is not None or plans[0].optimizer != "adamw":
        return "the method has an optimizer or a rule of its own"
    if plans[0].cache_frozen_prefix:
        return "cached states are of one training"
    if plans[0].stored != "full":
        return "weights that are stored smaller are of one training"
    shared = {**asdict(plans[0]), "seed": None}
    if any({**asdict(plan), "seed": None} != shared for plan in plans):
        return "the plans differ in more than the seed"
    return why_not_shared(models)


def is_joint_training_faster(model: nn.Module, data: TrainingData, plan: TrainingPlan) -> bool:
    """Whether a step of one seed leaves the machine idle: always assumed of a GPU, on a processor told by its work."""
    if plan.device != "cpu":
        return True
    try:
        blocks = encoder_blocks(model)
    except ValueError:
        return False  # weights that layers share say nothing about the work
    lengths = data.train.lengths
    tokens = sum(lengths) / max(1, len(lengths)) * plan.train_batch_size * plan.gradient_accumulation_steps
    weights = sum(weight.numel() for block in blocks for weight in block.parameters()) / len(blocks)
    return tokens * weights <= MOST_WORK


def _begin(
    models: Sequence[nn.Module], data: TrainingData, plans: Sequence[TrainingPlan], head_modules: Sequence[str],
    folders: Sequence[Path], resume: bool,
) -> list[_Run] | None:  # fmt: skip
    """Trainers with their states as of the last checkpoint; None where the host does not get on the fast path."""
    marks = [fingerprint(model, plan, data) for model, plan in zip(models, plans, strict=True)]
    torch.manual_seed(plans[0].seed)
    runs: list[_Run] = []
    for number, (model, plan, folder) in enumerate(zip(models, plans, folders, strict=True)):
        trainer = Trainer(model, data, plan, head_modules, folder)
        if not trainer.path.is_packed:
            return None
        trainer.predict, trainer.result.path = partial(predict_through, models[0]), asdict(trainer.path)
        if number:  # the host computes for it, and its frozen weights need not be there twice
            leave_fast_path(model)
            share_frozen(models[0], model)
        position = {"epoch": 1, "offset": 0, "loss": 0.0, "weight": 0.0, "fingerprint": marks[number]}
        runs.append(_Run(number, trainer, position, folder))
        if not resume:
            clear_checkpoints(folder)
    _restore(runs)
    return runs


def _restore(runs: Sequence[_Run]) -> None:
    """Takes up the newest moment of which every run has a checkpoint; its random state is read last."""
    found = [whole_checkpoints(run.folder, run.position["fingerprint"]) for run in runs]
    moment = common_moment(found, runs[0].trainer.plan.epochs)
    for run in runs:
        clear_newer(run.folder, moment[run.number] if moment else None)
    for number in sorted(range(len(moment)), key=lambda number: moment[number].step):
        _restore_one(runs[number], moment[number])


def _restore_one(run: _Run, checkpoint: Checkpoint) -> None:
    trainer = run.trainer
    result, run.position = restore(run.folder, checkpoint, trainer.model, trainer.optimizer)
    trainer.result = replace(result, path=trainer.result.path)
    trainer.update.load(run.position.pop(LOSS_SCALE, {}))


def common_moment(found: Sequence[Sequence[Checkpoint]], epochs: int) -> list[Checkpoint]:
    """Of each run the checkpoint of the newest step that all were at, or at which it had ended before; else nothing.

    The runs draw from one source of chance, so that none may go on from elsewhere than the others.

    Args:
        found: checkpoints of each run, newest first.
        epochs: after how many a run has ended.
    """
    steps = {checkpoint.step for own in found for checkpoint in own}
    for step in sorted(steps, reverse=True):
        moment = [next((checkpoint for checkpoint in own if checkpoint.step <= step), None) for own in found]
        known = [one for one in moment if one is not None and (one.step == step or _has_ended(one, epochs))]
        if len(known) == len(found):
            return known
    return []


def _has_ended(checkpoint: Checkpoint, epochs: int) -> bool:
    return bool(checkpoint.result.stopped) or checkpoint.position["epoch"] > epochs


@contextmanager
def _followed(runs: Sequence[_Run], on_step: OnSeedStep, on_epoch: OnSeedEpoch) -> Iterator[None]:
    with ExitStack() as stack:
        for run in runs:
            settings = asdict(run.trainer.plan)
            log = stack.enter_context(tracking(run.trainer.accelerator, run.folder, settings))
            told = partial(on_step, run.number), partial(on_epoch, run.number)
            # Stops concern all runs: see _go_on.
            callbacks = Callbacks(run.folder, lambda: False, *told, log)
            run.progress = TrainingProgress(run.trainer, run.position, callbacks)
            score_start(run.progress)
        yield


@contextmanager
def _kept_where_it_ends(runs: Sequence[_Run]) -> Iterator[None]:
    """Saves every run that has not ended, where the steps of one of them come to nothing."""
    try:
        yield
    except NotFiniteError:
        for run in runs:
            if run.progress is not None and not run.is_done:
                run.progress.keep()
        raise


def _go_on(runs: Sequence[_Run], joint: JointSteps, should_stop: Callable[[], bool]) -> None:
    while active := [run for run in runs if not run.is_done]:
        _step(active, joint)
        _stop_if_asked(active, should_stop)
        closing = [run for run in active if not run.next_rows()]
        for run in closing:
            assert run.progress is not None
            close_epoch(run.progress)
        if closing:
            _stop_if_asked(active, should_stop)


def _step(active: Sequence[_Run], joint: JointSteps) -> None:
    rows = {run.number: run.next_rows() for run in active}
    rows = {number: own for number, own in rows.items() if own}
    if not rows:
        return
    for run in active:
        run.trainer.model.train()
    joint.base.host.train()
    followed = {run.number: run.progress for run in active if run.number in rows and run.progress}
    with timed("optimisation"):
        began = perf_counter()
        reached = joint.step(rows)
        known = {number: progress.take(reached[number], len(rows[number])) for number, progress in followed.items()}
        share = (perf_counter() - began) / len(rows)
        for number, progress in followed.items():
            progress.tell(known[number], share)


def _stop_if_asked(active: Sequence[_Run], should_stop: Callable[[], bool]) -> None:
    if not should_stop():
        return
    for run in active:
        if run.position["offset"]:  # an epoch that was closed is saved already
            assert run.progress is not None
            run.progress.save()
    raise interruption(max(active, key=lambda run: run.trainer.result.steps).trainer)


def _finish(run: _Run) -> TrainingResult:
    result, model = run.trainer.result, run.trainer.model
    result.stopped = result.stopped or "all epochs done"
    with timed("checkpoints"):
        load_best(run.folder, model)
    result.rescored = run.trainer.validate().metric
    model.eval()
    return result
