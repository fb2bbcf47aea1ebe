"""A few steps of a training and a few predictions, timed on the real rows after a warm-up; nothing stays on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from tunecard.adapters import add_adapter, trainable_state
from tunecard.inference import predict_logits
from tunecard.pipeline.learning import load_for_training
from tunecard.pipeline.preparing import PreparedRun
from tunecard.rows.encoded import EncodedSplit
from tunecard.training import Trainer

Clock = Callable[[], float]
WARM_STEPS = 3
LEAST_STEPS, MOST_STEPS = 3, 16
STEP_BUDGET = 1.0  # seconds; the least number is timed however long it takes
PREDICTED_ROWS = 48


@dataclass(frozen=True)
class TimedTraining:
    """What a training of one method costs.

    Attributes:
        loading: seconds from files to the first step: base, adapter, the gate of the fast path.
        warm_up: seconds that the first steps took beyond what later ones of as many tokens do.
        a_token: seconds of a step, by its tokens; predicted: the same of a prediction.
        timed_steps, total_steps, steps_an_epoch: of a training.
        trained: parameters that learn.
        below: seconds a token of what frozen layers make of the rows once, where that is kept, and kept_bytes what it
            takes on disk; 0 elsewhere.
    """

    loading: float
    warm_up: float
    a_token: float
    predicted: float
    timed_steps: int
    total_steps: int
    steps_an_epoch: int
    trained: int
    below: float = 0.0
    kept_bytes: int = 0

    def seconds(self, prepared: PreparedRun) -> float:
        """Of all steps of a training, warm-up counted once; what is kept before the first is not among them."""
        epochs = self.total_steps / self.steps_an_epoch
        return self.warm_up + self.a_token * sum(prepared.encoded["train"].lengths) * epochs


def time_training(prepared: PreparedRun, method: str, clock: Clock = time.perf_counter) -> TimedTraining:
    """Times the recipe's method, or one of its controls. What is kept on disk for it is gone afterwards."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return _time_in(Path(folder), prepared, method, clock)


def _time_in(folder: Path, prepared: PreparedRun, method: str, clock: Clock) -> TimedTraining:
    plans, began = prepared.plans, clock()
    encoder = load_for_training(prepared, method, plans.seeds[0])
    adapter, plan = plans.adapter(prepared.task, encoder.new_modules, method), plans.training(plans.seeds[0], method)
    model = add_adapter(encoder.model, adapter, plan.seed)
    model.to(plan.device)
    trainer = Trainer(model, prepared.training_data, plan, encoder.new_modules, folder)
    loading = clock() - began
    below = _time_layers_below(trainer, clock)
    warm_up, a_token, timed = _time_steps(trainer, clock)
    return TimedTraining(
        loading=loading,
        warm_up=warm_up,
        a_token=a_token,
        predicted=_time_prediction(trainer, clock),
        timed_steps=timed,
        total_steps=trainer.total_steps,
        steps_an_epoch=trainer.steps_an_epoch,
        trained=sum(tensor.numel() for tensor in trainable_state(model).values()),
        below=below,
        kept_bytes=0 if trainer.cache is None else trainer.cache.bytes,
    )


def _time_layers_below(trainer: Trainer, clock: Clock) -> float:
    """Seconds a token of what frozen layers make of the rows that are timed; 0 where it is not kept."""
    if trainer.cache is None:
        return 0.0
    train, began = trainer.data.train, clock()
    rows = sorted({row for start in range(WARM_STEPS + MOST_STEPS) for row in _rows_of(trainer, start)})
    trainer.cache.build_some(train.sequences.of(rows))
    return (clock() - began) / max(1, sum(train.lengths[row] for row in rows))


def _rows_of(trainer: Trainer, step: int) -> list[int]:
    """In the order of the first epoch, again and again: lengths are mixed as they will be."""
    order = trainer.order(1)
    start = step * trainer.rows_a_step % max(1, len(order))
    return order[start : start + trainer.rows_a_step]


def _time_steps(trainer: Trainer, clock: Clock) -> tuple[float, float, int]:
    """Seconds beyond the usual of the first steps, seconds a token of the later ones, and how many those were."""
    lengths = trainer.data.train.lengths
    trainer.model.train()
    taken: list[tuple[float, int]] = []
    while len(taken) < WARM_STEPS + MOST_STEPS:
        rows = _rows_of(trainer, len(taken))
        began = clock()
        _ = trainer.step(rows).outcome  # waits for a GPU
        taken.append((clock() - began, sum(lengths[row] for row in rows)))
        timed = taken[WARM_STEPS:]
        if len(timed) >= LEAST_STEPS and sum(seconds for seconds, _ in timed) > STEP_BUDGET:
            break
    a_token = sum(seconds for seconds, _ in timed) / max(1, sum(tokens for _, tokens in timed))
    warm_up = sum(seconds - a_token * tokens for seconds, tokens in taken[:WARM_STEPS])
    return max(0.0, warm_up), a_token, len(timed)


def _time_prediction(trainer: Trainer, clock: Clock) -> float:
    """Seconds a token of rows spread over validation, the second time that they are predicted."""
    sample = _spread(trainer.data.validation)
    trainer.model.eval()
    seconds = []
    for _ in range(3):
        began = clock()
        predict_logits(trainer.model, sample, trainer.data.pad_token_id)
        seconds.append(clock() - began)
    return fmean(seconds[1:]) / max(1, sum(sample.lengths))


def _spread(encoded: EncodedSplit) -> EncodedSplit:
    return encoded.pick(range(0, len(encoded), max(1, len(encoded) // PREDICTED_ROWS)))
