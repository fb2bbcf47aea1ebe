"""`--dry-run`: everything is read, a few steps, fits and predictions are timed on the real rows, nothing is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tunecard.adapters.methods.registry import CONTROLS
from tunecard.measurement import RunEstimate, Stopwatch, Work, estimate_run, process_cpu_seconds
from tunecard.pipeline.best import count_trainings
from tunecard.pipeline.choosing_layers import keeping_states
from tunecard.pipeline.expected_stages import Timed, earliest_seconds, expected_stages, ways_to_be_faster
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun, find_repeats
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.pipeline.resolving import held_labels
from tunecard.pipeline.timed_fits import time_fits
from tunecard.pipeline.timed_training import Clock, time_training
from tunecard.recipe import Recipe
from tunecard.reporting.citation import read_cited

# Weights and two moments, in the two newest checkpoints and the best epoch's, and the best weights; then the adapter.
COPIES_OF_TRAINED = 3 * 3 + 1 + 1
BYTES_A_WEIGHT = 4
OTHER_BYTES = 3_000_000
USUAL_START = 5.0  # seconds of importing torch, transformers and peft, where this process began long ago
LONGEST_START = 60.0


def _since_start() -> Mapping[Clock, float]:
    """Seconds of this process until now, by the clocks: what `run` spends on imports, too."""
    import psutil

    return {time.perf_counter: time.time() - psutil.Process().create_time(), process_cpu_seconds: process_cpu_seconds()}


STARTED = _since_start()


def estimate(
    recipe: Recipe,
    *,
    base_folder: Path = Path(),
    listener: ProgressListener = SILENCE,
    clock: Clock = time.perf_counter,
) -> RunEstimate:
    """Time, memory and disk that `run` would take.

    Args:
        listener: hears what was noted in reading.
        clock: `process_cpu_seconds` in the place of wall time, where others use the machine.
    Raises: TunecardError: what `run` would refuse, too.
    """
    plans = Plans(recipe, base_folder)
    plans.check()
    read_cited(plans.card, base_folder)
    began = clock()
    prepared = find_repeats(prepare(plans, listener=listener))
    reading, plans = clock() - began, prepared.plans
    prepared = keeping_states(prepared, base_folder)
    with Stopwatch("dry run") as watch:
        fits = time_fits(prepared, clock)
        main = time_training(prepared, plans.method, clock)
        controls = {name: time_training(prepared, name, clock) for name in plans.controls}
    runs = count_trainings(plans, held_labels(prepared.dataset))
    timed = Timed(prepared, clock, _startup(clock), reading, fits, main, controls, runs)
    stages = expected_stages(timed)
    return estimate_run(
        stages,
        Work(main.total_steps * (runs + len(controls)), len(prepared.encoded["train"]), timed.train_tokens),
        timed_steps=main.timed_steps,
        memory_bytes=watch.usage.peak_memory_bytes,
        disk_bytes=main.trained * BYTES_A_WEIGHT * COPIES_OF_TRAINED * runs
        + OTHER_BYTES
        + _control_bytes(prepared)
        + main.kept_bytes,
        earliest=earliest_seconds(timed, stages),
        faster=ways_to_be_faster(timed),
    )


def _startup(clock: Clock) -> float:
    started = STARTED.get(clock, USUAL_START)
    return started if started < LONGEST_START else USUAL_START


def _control_bytes(prepared: PreparedRun) -> int:
    learning_whole = [name for name in prepared.plans.controls if not CONTROLS[name].freezes_base]
    parameters: int = prepared.size.whole
    return parameters * BYTES_A_WEIGHT * COPIES_OF_TRAINED * len(learning_whole)
