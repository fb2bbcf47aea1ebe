"""`--dry-run`: everything is read, a few steps are timed on the real rows, nothing is written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tunecard.adapters import add_adapter, trainable_state
from tunecard.adapters.methods.registry import CONTROLS
from tunecard.inference import predict_logits
from tunecard.measurement import RunEstimate, Stopwatch, estimate_run
from tunecard.pipeline.best import count_trainings
from tunecard.pipeline.learning import load_for_training
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.pipeline.resolving import held_labels
from tunecard.recipe import Recipe
from tunecard.reporting.citation import read_cited
from tunecard.rows.encoded import EncodedSplit
from tunecard.training import Trainer
from tunecard.training.warm_start import ROWS_A_STEP, STEPS, steps_for

TIMED_STEPS = 5
TIMED_ROWS = 48
# Two fresh processes, the card and its pictures, each about as long as importing torch twice.
CLOSING_SECONDS = 25.0
# Weights and two moments, in the two newest checkpoints and the best epoch's, and the best weights; then the adapter.
COPIES_OF_TRAINED = 3 * 3 + 1 + 1
BYTES_A_WEIGHT = 4
OTHER_BYTES = 3_000_000


def estimate(recipe: Recipe, *, base_folder: Path = Path(), listener: ProgressListener = SILENCE) -> RunEstimate:
    """Time, memory and disk that `run` would take. Raises: TunecardError: what `run` would refuse, too."""
    plans = Plans(recipe, base_folder)
    plans.check()
    read_cited(plans.card, base_folder)
    prepared = prepare(plans, listener=listener)
    plans = prepared.plans
    with Stopwatch("dry run") as watch:
        encoder = load_for_training(prepared, plans.method, plans.seeds[0])
        adapter, plan = plans.adapter(prepared.task, encoder.new_modules), plans.training(plans.seeds[0])
        model = add_adapter(encoder.model, adapter, plan.seed)
        model.to(plan.device)
        trainer = Trainer(model, prepared.training_data, plan, encoder.new_modules)
        seconds = _time_steps(trainer)
        prediction = _seconds_of_prediction(trainer, prepared, plan.epochs)
    trained = sum(tensor.numel() for tensor in trainable_state(model).values())
    runs = count_trainings(plans, held_labels(prepared.dataset))
    fewest = (int(plan.early_stopping) + 1) * trainer.steps_an_epoch if plan.early_stopping else trainer.total_steps
    return estimate_run(
        seconds,
        trainer.total_steps * (runs + len(plans.controls)) + _warm_steps(plans, trainer),
        evaluation_seconds=prediction * runs + CLOSING_SECONDS,
        memory_bytes=watch.usage.peak_memory_bytes,
        disk_bytes=trained * BYTES_A_WEIGHT * COPIES_OF_TRAINED * runs + OTHER_BYTES + _control_bytes(prepared),
        fewest_steps=fewest * runs,
    )


def _warm_steps(plans: Plans, trainer: Trainer) -> int:
    """Steps of training that take as long as the phases without labels, should the probe of the base ask for them."""
    if plans.warm_start not in STEPS:
        return 0
    starts = 1 if plans.quality == "best" else len(plans.seeds)  # the best share one start
    steps = steps_for(plans.warm_start, len(trainer.data.train))
    return starts * steps * ROWS_A_STEP // trainer.rows_a_step


def _time_steps(trainer: Trainer) -> list[float]:
    """Seconds of a few steps on rows of the first epoch; the first step warms up and is not counted."""
    order, seconds = trainer.order(1), []
    trainer.model.train()
    for number in range(TIMED_STEPS + 1):
        start = number * trainer.rows_a_step % max(1, len(order))
        rows = order[start : start + trainer.rows_a_step]
        began = time.perf_counter()
        _ = trainer.step(rows).outcome  # waits for a GPU
        seconds.append(time.perf_counter() - began)
    return seconds[1:]


def _seconds_of_prediction(trainer: Trainer, prepared: PreparedRun, epochs: int) -> float:
    """Predicting a few rows, scaled by tokens to a validation an epoch and the final scoring of every split."""
    validation = prepared.encoded["validation"]
    sample = _spread(validation)
    began = time.perf_counter()
    predict_logits(trainer.model, sample, trainer.data.pad_token_id)
    a_token = (time.perf_counter() - began) / max(1, sum(sample.lengths))
    scored = sum(sum(prepared.encoded[name].lengths) for name in prepared.scored)
    return a_token * (sum(validation.lengths) * (epochs + 1) + scored * (1 + len(prepared.plans.controls)))


def _spread(encoded: EncodedSplit) -> EncodedSplit:
    step = max(1, len(encoded) // TIMED_ROWS)
    rows: Sequence[int] = range(0, len(encoded), step)
    return encoded.pick(rows)


def _control_bytes(prepared: PreparedRun) -> int:
    learning_whole = [name for name in prepared.plans.controls if not CONTROLS[name].freezes_base]
    parameters: int = prepared.size.whole
    return parameters * BYTES_A_WEIGHT * COPIES_OF_TRAINED * len(learning_whole)
