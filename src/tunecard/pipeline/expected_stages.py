"""Rates that were timed, times the work that a recipe asks for: seconds of every stage of a run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from tunecard.adapters.methods.registry import CONTROLS
from tunecard.measurement import Stage, remembered_closings
from tunecard.measurement.estimate import AS_BEFORE, ASSUMED
from tunecard.pipeline.preparing import PreparedRun
from tunecard.pipeline.timed_fits import TimedFits
from tunecard.pipeline.timed_training import Clock, TimedTraining
from tunecard.training.regime import tell_if_slow
from tunecard.training.warm_start import ROWS_A_STEP, STEPS, steps_for

# In the seconds that a process needs until it has imported torch, transformers and peft (docs/log.md, "How long it will
# take"): two stock checks, forked from a process that has imported them beside the run; examination, card and pictures.
CHECKS, CARD = 0.4, 0.8
RECENT = 5  # runs that are remembered, of which the middle one counts
GENERAL_TOKENS = 18_000  # of the general sentences, which a head without many rows is taught by, too
FEW_TEXTS = 1_000
# Seeds in one pass: tokens of a step and seed, and how many times as fast that was (docs/log.md, "Kernels in C").
JOINT = ((45, 1.63), (64, 1.49), (116, 1.30), (254, 1.18), (512, 1.08))


@dataclass(frozen=True)
class Timed:
    """What the dry run has timed.

    Attributes:
        startup: seconds until everything is imported; reading: of data, base and near-duplicates.
        runs: trainings of the recipe's method.
    """

    prepared: PreparedRun
    clock: Clock
    startup: float
    reading: float
    fits: TimedFits
    main: TimedTraining
    controls: Mapping[str, TimedTraining]
    runs: int

    @property
    def train_tokens(self) -> int:
        """Of an epoch."""
        return sum(self.prepared.encoded["train"].lengths)

    @property
    def validation_tokens(self) -> int:
        """Of one validation."""
        return sum(self.prepared.encoded["validation"].lengths)

    @property
    def epochs(self) -> int:
        """All that are asked for."""
        return self.main.total_steps // self.main.steps_an_epoch

    @property
    def starts(self) -> int:
        """How often a head is started from a probe: the trainings of `quality: best` share one start."""
        return 1 if self.prepared.plans.quality == "best" else len(self.prepared.plans.seeds)


def expected_stages(timed: Timed) -> list[Stage]:
    """The stages of a run, in their order."""
    warm, below = _warm_seconds(timed), timed.runs * _below_seconds(timed, timed.main)
    return [
        Stage("starting, reading data and base", timed.startup + timed.reading),
        Stage("simple things beside the adapter", _simple_seconds(timed)),
        Stage("loading the base for training", _loading_seconds(timed)),
        Stage("start of the head", timed.starts * _head_seconds(timed, timed.main)),
        *([Stage("head taught without labels", warm)] if warm else []),
        *([Stage("what frozen layers below make of the rows", below)] if below else []),
        Stage(f"training, {timed.runs * timed.main.total_steps:,} steps", _training_seconds(timed)),
        Stage("validation", timed.runs * _validation_seconds(timed, timed.main)),
        *(Stage(f"control '{name}'", _control_seconds(timed, one)) for name, one in timed.controls.items()),
        _closing(timed),
    ]


def _simple_seconds(timed: Timed) -> float:
    """The base reads every row, once more apart where rows compare texts; then each simple thing is fitted."""
    times = 2 if timed.prepared.dataset.compares_texts else 1
    tokens = timed.train_tokens + timed.prepared.scored_tokens
    return timed.main.loading + times * tokens * timed.main.predicted + timed.fits.starting + timed.fits.all


def _loading_seconds(timed: Timed) -> float:
    """Once a training; twice where what was learned is put on a base in fp32 afterwards."""
    again = 2 if timed.prepared.plans.precision != "fp32" or timed.runs > 1 else 1
    return timed.runs * again * timed.main.loading


def _head_seconds(timed: Timed, training: TimedTraining) -> float:
    if not timed.prepared.plans.starts_from_probe:
        return 0.0
    return (timed.train_tokens + timed.validation_tokens) * training.predicted + timed.fits.probe


def _warm_seconds(timed: Timed) -> float:
    """The phase without labels, where the sample says that the probe of the base will ask for it."""
    view = timed.prepared.plans.warm_start
    if view not in STEPS or view != timed.fits.view:
        return 0.0
    rows = len(timed.prepared.encoded["train"])
    tokens = steps_for(view, rows) * ROWS_A_STEP * timed.train_tokens / rows
    general = GENERAL_TOKENS * timed.main.predicted if rows < FEW_TEXTS else 0.0
    return timed.starts * (tokens * timed.main.a_token + general)


def _below_seconds(timed: Timed, training: TimedTraining) -> float:
    """Once a training: of two seeds each keeps its own."""
    return timed.train_tokens * training.below


def _training_seconds(timed: Timed) -> float:
    a_step = timed.train_tokens / timed.main.steps_an_epoch
    joins = len(timed.prepared.plans.seeds) > 1 and not timed.main.below
    together = _joint(a_step) if joins else 1.0
    return timed.runs * timed.main.seconds(timed.prepared) / together


def _joint(tokens_a_step: float) -> float:
    """How many times as fast several seeds learn in one pass; 1 where steps are too large to be joined."""
    return next((times for tokens, times in JOINT if tokens_a_step <= tokens), 1.0)


def _validation_seconds(timed: Timed, training: TimedTraining, epochs: int | None = None) -> float:
    """Before the first step, after every epoch, of the kept one again, and for the temperature."""
    return ((timed.epochs if epochs is None else epochs) + 3) * timed.validation_tokens * training.predicted


def _control_seconds(timed: Timed, control: TimedTraining) -> float:
    answers = timed.prepared.scored_tokens * control.predicted
    head = _head_seconds(timed, control)
    steps = _below_seconds(timed, control) + control.seconds(timed.prepared)
    return 2 * control.loading + head + steps + _validation_seconds(timed, control) + answers


def _closing(timed: Timed) -> Stage:
    """Scores, the stock checks, the examination, card and pictures: as earlier runs, else in units of a start."""
    name, answers = "scores, stock checks, card", timed.prepared.scored_tokens * timed.main.predicted
    known = remembered_closings(timed.prepared.plans.device)[-RECENT:]
    is_wall = timed.clock is time.perf_counter
    if known:
        rest = [(one.wall if is_wall else one.processor) - one.scored_tokens * timed.main.predicted for one in known]
        return Stage(name, max(0.0, median(rest)) + answers, AS_BEFORE)
    checks = CHECKS if is_wall else CHECKS + 1.0  # importing beside the run takes no wall time, and the processor's
    return Stage(name, timed.startup * (checks + CARD) + timed.main.loading + answers, ASSUMED)


def earliest_seconds(timed: Timed, stages: list[Stage]) -> float | None:
    """All stages, with as few epochs as early stopping may leave; None without it."""
    patience = timed.prepared.plans.training(timed.prepared.plans.seeds[0]).early_stopping
    epochs = int(patience) + 1 if patience else timed.epochs
    if epochs >= timed.epochs:
        return None
    left_out = _training_seconds(timed) * (1 - epochs / timed.epochs)
    validations = timed.runs * (_validation_seconds(timed, timed.main) - _validation_seconds(timed, timed.main, epochs))
    return sum(stage.seconds for stage in stages) - left_out - validations


def ways_to_be_faster(timed: Timed) -> list[tuple[str, float]]:
    """Settings that would save time, and how much."""
    plans, steps = timed.prepared.plans, _training_seconds(timed)
    ways = []
    if plans.quality == "best":
        ways.append(("quality: balanced, one training", steps * (1 - 1 / timed.runs)))
    if plans.quality == "balanced":
        ways.append(("quality: fast, a third of the steps", steps * 2 / 3))
    if plans.quality != "best" and len(plans.seeds) > 1:
        ways.append((f"training.seed: {plans.seeds[0]}, one seed", steps * (1 - 1 / len(plans.seeds))))
    if plans.precision == "fp32" and not tell_if_slow("bf16-mixed", plans.device):
        ways.append(("training.precision: bf16-mixed", steps / 3))
    whole = [name for name in timed.controls if not CONTROLS[name].freezes_base]
    if whole:
        ways.append((f"no control '{whole[0]}'", _control_seconds(timed, timed.controls[whole[0]])))
    return ways
