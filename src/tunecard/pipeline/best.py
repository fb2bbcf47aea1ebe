"""`quality: best`: three rates tried on validation, three seeds from one start at the best of them, averaged.

About five trainings in the place of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tunecard.adapters import put_trainable_state, trainable_state
from tunecard.adapters.methods.registry import METHODS
from tunecard.fitting.choosing import LEAST_TO_CHOOSE
from tunecard.pipeline.learning import SharedStart, Variant, begin, expected_of, learn, learn_together
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.resolving import held_labels
from tunecard.pipeline.trained import TrainedSeeds, scores_of
from tunecard.training.result import Trained
from tunecard.training.soup import Pairs, State, greedy_soup
from tunecard.training.temperature import calibrate, outputs_of_head, undo
from tunecard.training.validation import score_validation

FACTORS = (1.0, 0.5, 2.0)  # of the recipe's rate; the first wins a tie


def train_best(context: RunContext) -> TrainedSeeds:
    """The best that a small search, several seeds and their average give, by validation alone."""
    plans, first = context.plans, context.plans.seeds[0]
    context.begin(f"Training {plans.method}, rates tried with seed {first}")
    start = begin(context, plans.method, first)
    tried = _try_rates(context, start, first)
    rate = max(tried, key=lambda one: tried[one].result.best_score or 0.0)
    every = [tried[rate]]
    if others := plans.seeds[1:]:
        context.begin(f"Training {plans.method} at rate {rate:g}, seeds {', '.join(map(str, others))}")
        every += learn_together(context, plans.method, others, Variant(start, rate))
    scores = [scores_of(trained, context.prepared) for trained in every]
    shipped, soup = _average(context, every)
    search = [{"learning_rate": one, "validation": trained.result.best_score} for one, trained in tried.items()]
    return TrainedSeeds(shipped, scores, {"search": search, "soup": soup})


def count_trainings(plans: Plans, held: int) -> int:
    """How many trainings a recipe asks for, controls aside, where so many labelled rows are held back."""
    further = _factors(held)[1:] if plans.quality == "best" else ()
    return len(plans.seeds) + len(further)


def _factors(held: int) -> tuple[float, ...]:
    """Of the rate. Where too few rows are held back to tell epochs apart, they do not tell rates apart either."""
    return FACTORS if held >= LEAST_TO_CHOOSE else FACTORS[:1]


def _try_rates(context: RunContext, start: SharedStart, seed: int) -> dict[float, Trained]:
    asked = context.plans.training(seed)
    return {
        rate: learn(context, context.plans.method, seed, Variant(start, rate))
        for rate in (asked.learning_rate * factor for factor in _factors(held_labels(context.prepared.dataset)))
    }


def _average(context: RunContext, every: Sequence[Trained]) -> tuple[Trained, dict[str, Any]]:
    """The average of those seeds that make it better on validation, in the place of the best of them.

    The best alone where updates of one method do not fit together: each may have ranks of its own.
    """
    data, plan = context.prepared.training_data, every[0].plan
    for trained in every:  # an average of heads that were divided by different temperatures is none of what was trained
        undo(trained.model, trained.calibration, trained.encoder.new_modules, outputs_of_head(data.task))
    best = max(every, key=lambda trained: trained.result.best_score or 0.0)
    if not METHODS[context.plans.method].averages:
        return _calibrated(best, context), {"seeds": [best.seed], "validation": best.result.best_score}
    states = [  # copies: the best one's model is what averages are tried in
        {name: tensor.detach().clone() for name, tensor in trainable_state(trained.model).items()} for trained in every
    ]

    def score(state: State) -> float:
        put_trainable_state(best.model, state)
        return score_validation(best.model, data, plan.best_metric).metric

    scores = [trained.result.best_score or 0.0 for trained in every]
    mixed, chosen, reached = greedy_soup(states, scores, factor_pairs(context.plans.method, states[0]), score)
    put_trainable_state(best.model, mixed)
    told = {"seeds": [every[number].seed for number in chosen], "validation": reached}
    return _calibrated(best, context), told


def _calibrated(trained: Trained, context: RunContext) -> Trained:
    data = context.prepared.training_data
    calibration = calibrate(trained.model, data, trained.encoder.new_modules, expected_of(trained.probe))
    return replace(trained, calibration=calibration)


def factor_pairs(method: str, names: State) -> Pairs:
    """The names of the factors of each low-rank update, in a model with one adapter; none where it has no factors."""
    known = METHODS[method]
    if known.product is None:
        return {}
    in_model = {name.replace(".default.", "."): name for name in names}
    return {
        module: {part: in_model[name] for part, name in parts.items()}
        for module, parts in known.adapted(in_model).items()
    }
