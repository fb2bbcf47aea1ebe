"""The loop: epochs of seeded batches, a checkpoint an epoch, one epoch kept and scored again from disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn

from tunecard.errors import DataError, Interrupted
from tunecard.measurement import timed
from tunecard.metrics.election import elect, first_best
from tunecard.ranks.lost import RankLost
from tunecard.training.checkpoint import clear_checkpoints, load_best, load_checkpoint, save_best
from tunecard.training.fingerprint import fingerprint
from tunecard.training.optimizer import learning_rate_factor
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.progress import LOSS_SCALE, Callbacks, OnEpoch, OnStep, TrainingProgress
from tunecard.training.ranks.ranks import ALONE, Ranks
from tunecard.training.result import EpochRecord, TrainingResult
from tunecard.training.trackers import tracking
from tunecard.training.trainer import NotFiniteError, Trainer


def train(  # noqa: PLR0913 - a plan, what it works on, and whom it tells
    model: nn.Module,
    data: TrainingData,
    plan: TrainingPlan,
    head_modules: Sequence[str],
    folder: Path,
    *,
    ranks: Ranks = ALONE,
    resume: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
    on_step: OnStep = lambda step, total, loss: None,
    on_epoch: OnEpoch = lambda record: None,
) -> TrainingResult:
    """Trains what requires gradients; afterwards `model` holds the weights of the kept epoch, read back from disk.

    Args:
        head_modules: names of the modules that start new; they learn at `head_learning_rate`.
        folder: where checkpoints go; without `resume`, those of an earlier training are removed.
        ranks: the processes that learn together, seen from the first.
        should_stop: read after each step and epoch; when true the state is saved and Interrupted is raised.
    Raises:
        Interrupted: stopped and saved. RankLost: the same, because another process is gone.
        NotFiniteError: loss or gradient were not finite for too many steps; what was learned before is saved.
        DataError: a split has no labels.
        RunFolderError: a foreign checkpoint.
        MachineError: the disk is full, or a tracker of `plan.log_to` is not there.
    """
    check_labels(data)
    torch.manual_seed(plan.seed)
    mark = fingerprint(model, plan, data)  # of the weights as they came: the trainer may store them in bf16
    trainer = Trainer(model, data, plan, head_modules, folder, ranks=ranks)
    trainer.result.path = asdict(trainer.path)
    if trainer.cache:
        trainer.cache.build()
        trainer.result.path["cached_layers"] = trainer.cache.layers
    position: dict[str, Any] = {"epoch": 1, "offset": 0, "loss": 0.0, "weight": 0.0, "fingerprint": mark}
    if not resume:
        clear_checkpoints(folder)
    found = load_checkpoint(folder, model, trainer.optimizer, mark)
    if found:
        result, position = found
        trainer.result = replace(result, path=trainer.result.path)  # what this process found on this machine
        trainer.update.load(position.pop(LOSS_SCALE, {}))
    with tracking(trainer.accelerator, folder, asdict(plan)) as log, ranks.learning(trainer):
        progress = TrainingProgress(
            trainer, position, Callbacks(folder, lambda: should_stop() or ranks.is_stop_asked(), on_step, on_epoch, log)
        )
        try:
            score_start(progress)
            while position["epoch"] <= plan.epochs and not trainer.result.stopped:
                _run_epoch(progress)
                close_epoch(progress)
        except NotFiniteError:
            progress.keep()
            raise
        except RankLost as error:
            progress.save()
            raise _saved(error, trainer) from error
    trainer.result.stopped = trainer.result.stopped or "all epochs done"
    with timed("checkpoints"):
        load_best(folder, model)
    if trainer.rule is not None:
        trainer.rule.finish()
    trainer.result.rescored = trainer.validate().metric
    if trainer.cache:
        trainer.cache.store.remove()
    model.eval()
    return trainer.result


def _run_epoch(progress: TrainingProgress) -> None:
    trainer, position = progress.trainer, progress.position
    order = trainer.order(position["epoch"])
    trainer.model.train()
    while position["offset"] < len(order):
        rows = order[position["offset"] : position["offset"] + trainer.rows_a_step]
        with timed("optimisation"):
            began = perf_counter()
            known = progress.take(trainer.step(rows), len(rows))
            progress.tell(known, perf_counter() - began)
        if progress.callbacks.should_stop():
            progress.save()
            raise interruption(trainer)


def close_epoch(progress: TrainingProgress) -> None:
    """Validates, keeps the weights if they are elected, saves. Raises: as `train`."""
    progress.settle()
    trainer, position, callbacks = progress.trainer, progress.position, progress.callbacks
    result, plan = trainer.result, trainer.plan
    seen = trainer.validate()
    rate = plan.learning_rate * learning_rate_factor(result.steps, trainer.total_steps, plan)
    # Where no step of the epoch was finite nothing was learned, and no loss is known.
    train_loss = position["loss"] / position["weight"] if position["weight"] else None
    record = EpochRecord(position["epoch"], result.steps, train_loss, seen.loss, seen.metric, rate, seen.error)
    _enter(progress, record)
    standing = _standing(trainer)
    best = standing[first_best([line.validation_metric for line in standing])] if standing else record
    if plan.early_stopping and record.epoch - best.epoch >= plan.early_stopping:
        result.stopped = f"early: no gain for {plan.early_stopping} epochs"
    position.update(epoch=record.epoch + 1, offset=0, loss=0.0, weight=0.0)
    progress.save()
    callbacks.on_epoch(record)
    metric = seen.loss if plan.best_metric == "loss" else seen.metric
    scores = {"validation/loss": seen.loss, f"validation/{plan.best_metric}": metric}
    of_train = {} if train_loss is None else {"train/epoch_loss": train_loss}
    callbacks.log({"epoch": record.epoch, **of_train, **scores}, result.steps)
    if callbacks.should_stop():
        raise interruption(trainer)


def score_start(progress: TrainingProgress) -> None:
    """Enters the weights as they are before the first step as epoch 0, where the plan says so."""
    trainer = progress.trainer
    if not trainer.plan.scores_start or trainer.result.steps or trainer.result.curve:
        return
    seen = trainer.validate()
    record = EpochRecord(0, 0, None, seen.loss, seen.metric, 0.0, seen.error)
    _enter(progress, record)
    progress.callbacks.on_epoch(record)


def _enter(progress: TrainingProgress, record: EpochRecord) -> None:
    """Appends a line to the curve, and keeps the weights if they are elected."""
    trainer, result = progress.trainer, progress.trainer.result
    result.curve.append(record)
    standing = _standing(trainer)
    if record not in standing:
        return
    scores, errors = zip(*((line.validation_metric, line.validation_error) for line in standing), strict=True)
    if elect(scores, errors, trainer.plan.keep) == len(standing) - 1:
        result.best_score, result.best_epoch = record.validation_metric, record.epoch
        with timed("checkpoints"):
            result.best_sha256 = save_best(progress.callbacks.folder, trainer.model)


def _standing(trainer: Trainer) -> list[EpochRecord]:
    """The lines of the curve whose weights may be kept."""
    return [line for line in trainer.result.curve if line.step >= trainer.first_kept_step]


def interruption(trainer: Trainer) -> Interrupted:
    done = f"{trainer.result.steps} of {trainer.total_steps}"
    return Interrupted(f"stopped after step {done}; the state is saved. Go on with --resume.")


def _saved(error: RankLost, trainer: Trainer) -> RankLost:
    state = f"The state after step {trainer.result.steps} of {trainer.total_steps} is saved. Go on with --resume."
    return RankLost(" ".join([*error.problems, state]), error.numbers)


def check_labels(data: TrainingData) -> None:
    splits = {"train": data.train, "validation": data.validation}
    faults = [
        f"the {name} split has no labelled rows. Training needs some to {what}."
        for (name, split), what in zip(splits.items(), ("learn from", "choose the best epoch by"), strict=True)
        if not split.label_ids
    ]
    if faults:
        raise DataError(faults, place="data")
