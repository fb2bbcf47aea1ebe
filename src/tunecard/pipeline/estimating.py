"""`--dry-run`: everything is read, a few steps are timed on the real rows, nothing is written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tunecard.adapters import add_adapter, trainable_state
from tunecard.inference import predict_logits
from tunecard.measurement import RunEstimate, Stopwatch, estimate_run
from tunecard.pipeline.learning import adapter_plan, load_for_training, training_plan
from tunecard.pipeline.preparing import Prepared, prepare
from tunecard.pipeline.resolving import check_before_loading
from tunecard.recipe import Recipe
from tunecard.reporting.citation import read_cited
from tunecard.rows.encoded import EncodedSplit
from tunecard.training import Trainer

TIMED_STEPS = 5
TIMED_ROWS = 48
# Two fresh processes, the card and its pictures, each about as long as importing torch twice.
CLOSING_SECONDS = 25.0
# Weights and two moments, in two kept checkpoints, and the best weights; then the adapter itself.
COPIES_OF_TRAINED = 2 * 3 + 1 + 1
BYTES_A_WEIGHT = 4
OTHER_BYTES = 3_000_000


def estimate(recipe: Recipe, *, base_folder: Path = Path()) -> RunEstimate:
    """Time, memory and disk that `run` would take. Raises: TunecardError: what `run` would refuse, too."""
    check_before_loading(recipe)
    read_cited(recipe.card, base_folder)
    prepared = prepare(recipe, base_folder)
    resolved, task = prepared.resolved.recipe, prepared.task
    with Stopwatch("dry run") as watch:
        method = resolved.adapter.method
        encoder = load_for_training(prepared.base, task, resolved, method, resolved.seeds[0])
        adapter = adapter_plan(resolved, task, encoder.new_modules, method)
        model = add_adapter(encoder.model, adapter, resolved.seeds[0])
        plan = training_plan(resolved, method, resolved.seeds[0])
        model.to(plan.device)
        trainer = Trainer(model, prepared.training_data, plan, encoder.new_modules)
        seconds = _time_steps(trainer)
        prediction = _seconds_of_prediction(trainer, prepared, plan.epochs)
    trained = sum(tensor.numel() for tensor in trainable_state(model).values())
    runs = len(resolved.seeds)
    fewest = (int(plan.early_stopping) + 1) * trainer.steps_an_epoch if plan.early_stopping else trainer.total_steps
    return estimate_run(
        seconds,
        trainer.total_steps * (runs + len(resolved.evaluation.controls)),
        evaluation_seconds=prediction * runs + CLOSING_SECONDS,
        memory_bytes=watch.usage.peak_memory_bytes,
        disk_bytes=trained * BYTES_A_WEIGHT * COPIES_OF_TRAINED * runs
        + OTHER_BYTES
        + _control_bytes(prepared, resolved),
        fewest_steps=fewest * runs,
    )


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


def _seconds_of_prediction(trainer: Trainer, prepared: Prepared, epochs: int) -> float:
    """Predicting a few rows, scaled by tokens to a validation an epoch and the final scoring of every split."""
    validation = prepared.encoded["validation"]
    sample = _spread(validation)
    began = time.perf_counter()
    predict_logits(trainer.model, sample, trainer.data.pad_token_id)
    a_token = (time.perf_counter() - began) / max(1, sum(sample.lengths))
    scored = sum(sum(prepared.encoded[name].lengths) for name in prepared.scored)
    return a_token * (
        sum(validation.lengths) * (epochs + 1) + scored * (1 + len(prepared.resolved.recipe.evaluation.controls))
    )


def _spread(encoded: EncodedSplit) -> EncodedSplit:
    step = max(1, len(encoded) // TIMED_ROWS)
    rows: Sequence[int] = range(0, len(encoded), step)
    return encoded.pick(rows)


def _control_bytes(prepared: Prepared, recipe: Recipe) -> int:
    whole = sum(parameter.numel() for parameter in prepared.encoder.model.parameters())
    return whole * BYTES_A_WEIGHT * COPIES_OF_TRAINED if "full" in recipe.evaluation.controls else 0
