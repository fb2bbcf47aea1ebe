"""`adapter.layers: auto`: a short trial of the upper half of the layers against all, where it is worth its price.

Both take the first steps of the training on the same rows, from one head and the same factors, and validation is asked
row by row. Nothing else told whether lower layers matter: probes of frozen layers did not (docs/log.md, "Adapters in
the top layers").
"""

from __future__ import annotations

import math
import shutil
from dataclasses import asdict, dataclass, replace
from typing import Any

from tunecard.adapters.methods.registry import METHODS
from tunecard.adapters.top_layers import ALL, AUTO, TOP, count_blocks, why_not_by_layer
from tunecard.evidence.files import write_json
from tunecard.fitting.choosing import LEAST_TO_CHOOSE, seeded_rows
from tunecard.pipeline.choosing_layers import why_not_cached
from tunecard.pipeline.learning import SharedStart, begin, carries_vectors, take_trial
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.pipeline.resolving import CACHE, held_labels
from tunecard.reporting.layers import in_words, trial_finding
from tunecard.training.objectives import objective_of
from tunecard.training.trial import Trial, loss_apart, score_apart
from tunecard.untrusted.bounded_json import load_json

STEPS, SCORED = 50, 500
# The trial may cost this share of what it could save, so that it is a small loss where all layers are needed.
MOST_SHARE = 0.25
RULE = "the upper half where a short trial finds all layers no better, and could save more than it costs; else all"
MOST_BYTES = 100_000


@dataclass(frozen=True)
class Chosen:
    """In which layers the adapter is, and why.

    Attributes:
        layers: `all` or `top-N`.
        reason: why nothing was tried; None where something was.
        tried: the trial, as `adapter.layers_tried` holds it.
    """

    layers: str
    reason: str | None = None
    tried: dict[str, Any] | None = None


@dataclass(frozen=True)
class Work:
    """A training and a trial of its first steps, in layer-row passes: one row forward or backward through one layer.

    Attributes:
        layers, top: of the base, and those that a smaller adapter would be in.
        rows, epochs, seeds: of the training; each seed computes what lies below once.
        tried, held: rows that the trial learns from and validates by.
    """

    layers: int
    top: int
    rows: int
    epochs: int
    seeds: int
    tried: int
    held: int

    @property
    def saving(self) -> int:
        """What the smaller adapter saves: below it rows go forward once, and never backward."""
        return self.seeds * self.rows * (self.layers - self.top) * (2 * self.epochs - 1)

    @property
    def price(self) -> int:
        """Of both trials, of what is read for the head that they start from, and of validations before and after."""
        steps = 2 * self.layers + 2 * self.top + (self.layers - self.top)
        return self.tried * (steps + self.layers) + 5 * self.held * self.layers


def with_chosen_layers(context: RunContext) -> RunContext:
    """The same run, whose plans say in which layers the adapter is, where the recipe leaves that open."""
    if context.plans.layers != AUTO:
        return context
    chosen = choose_layers(context)
    plans = context.plans.in_layers(chosen.layers, RULE)
    if chosen.layers == ALL and plans.recipe.training.cache_frozen_prefix == AUTO:
        plans = plans.keeping_states(False, CACHE)
    told = trial_finding(chosen.tried, chosen.reason, plans.seeds[0])
    context.listener.note(f"adapters are in {chosen.layers}: {chosen.reason or in_words(chosen.tried or {})}")
    return replace(context, prepared=replace(context.prepared, plans=plans), tried_layers=[told])


def choose_layers(context: RunContext) -> Chosen:
    """What the trial says; what it said before the run was stopped."""
    kept = context.folder.chosen_layers
    if context.resume and kept.is_file():
        return Chosen(**load_json(kept.read_text(), MOST_BYTES))
    reason = why_no_trial(context)
    chosen = Chosen(ALL, reason) if reason else _tried(context)
    context.checkpoints.mkdir(parents=True, exist_ok=True)
    write_json(kept, asdict(chosen))
    return chosen


def why_no_trial(context: RunContext) -> str | None:
    """Why the adapter is in all layers without a trial; None where one is made."""
    prepared, plans = context.prepared, context.plans
    unfit = why_not_by_layer(plans.method) or why_not_cached(prepared, context.ranks)
    starts = plans.start_from is not None or METHODS[plans.method].start is not None
    held, by_row = held_labels(prepared.dataset), not objective_of(prepared.task).needs_whole_batch
    work = work_of(prepared)
    reasons = (
        (unfit is not None, unfit),
        (work.layers <= 1, "the base has no lower half of layers, one block each"),
        (plans.recipe.training.cache_frozen_prefix is False, "the layers below are to run in every step"),
        (starts, "where the adapter starts is decided by what all layers hold"),
        (held < LEAST_TO_CHOOSE or not by_row, "validation cannot tell two adapters apart row by row"),
        (carries_vectors(context, plans.method), "the phase without labels would have to be learned twice"),
        (work.price > MOST_SHARE * work.saving,
         f"the trial would cost {work.price:,} passes of a row through a layer, more than {MOST_SHARE:.0%} of the "
         f"{work.saving:,} that it could save"),
    )  # fmt: skip
    return next((reason for holds, reason in reasons if holds), None)


def work_of(prepared: PreparedRun) -> Work:
    """The training that is asked for, and its trial."""
    plans, layers = prepared.plans, count_blocks(prepared.encoder.model)
    plan = plans.training(plans.seeds[0])
    rows = len(prepared.encoded["train"])
    tried = min(rows, STEPS * plan.rows_a_step)
    held = min(SCORED, len(prepared.encoded["validation"]))
    return Work(layers, (layers + 1) // 2, rows, plan.epochs, len(plans.seeds), tried, held)


def _tried(context: RunContext) -> Chosen:
    prepared, plans = context.prepared, context.plans
    work, seed = work_of(prepared), plans.seeds[0]
    some, top = replace(context, prepared=_some_rows(prepared, work)), f"{TOP}{work.top}"
    context.begin(f"Trying adapters in {top} of {work.layers} layers against all")
    start = begin(_in_layers(some, ALL), plans.method, seed)
    plan = plans.training(seed)
    steps = -(-work.rows // plan.rows_a_step) * plan.epochs
    of_all, of_top = (_trial(_in_layers(some, layers), start, seed, steps) for layers in (ALL, top))
    metric = plan.best_metric
    above, error = loss_apart(of_top, of_all)
    learned, learned_error = of_all.learned
    chosen = top if learned > learned_error and above <= error else ALL
    tried = {
        "layers": top, "of": work.layers, "steps": of_all.steps, "rows": work.tried, "held": work.held,
        "loss_start": of_all.start_loss, "loss_all": of_all.loss, "loss_top": of_top.loss,
        "learned": learned, "learned_error": learned_error, "loss_above": above, "loss_error": error,
        **_scores(prepared, metric, of_all, of_top), "chosen": chosen,
    }  # fmt: skip
    return Chosen(chosen, tried=tried)


def _scores(prepared: PreparedRun, metric: str, of_all: Trial, of_top: Trial) -> dict[str, Any]:
    if metric == "loss":
        return {}
    apart = score_apart(prepared.task, metric, of_top, of_all)
    scores = {name: trial.score(prepared.task, metric) for name, trial in (("all", of_all), ("top", of_top))}
    interval = None if apart.interval is None else list(apart.interval)
    if not all(map(math.isfinite, (*scores.values(), *(interval or ())))):
        return {}  # of some measures one label for all rows, as after few steps, says nothing
    return {"metric": metric, "score_all": scores["all"], "score_top": scores["top"],
            "score_apart": apart.value, "score_interval": interval}  # fmt: skip


def _trial(context: RunContext, start: SharedStart, seed: int, total_steps: int) -> Trial:
    folder = context.checkpoints / "trial"
    try:
        return take_trial(context, context.plans.method, seed, start, folder, total_steps)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_layers(context: RunContext, layers: str) -> RunContext:
    plans = context.plans.in_layers(layers, RULE).keeping_states(layers != ALL, "a trial")
    return replace(context, prepared=replace(context.prepared, plans=plans))


def _some_rows(prepared: PreparedRun, work: Work) -> PreparedRun:
    """The same with the rows of a trial."""
    learned, held = (
        seeded_rows(len(prepared.encoded[name]), most).tolist()
        for name, most in (("train", work.tried), ("validation", work.held))
    )
    splits, encoded = prepared.dataset.splits, prepared.encoded
    some = {"train": learned, "validation": held}
    return replace(
        prepared,
        dataset=replace(prepared.dataset, splits={**splits, **{name: splits[name].take(some[name]) for name in some}}),
        encoded={**encoded, **{name: encoded[name].pick(some[name]) for name in some}},
    )
