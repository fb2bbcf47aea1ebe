"""Which trainings a run makes, and which of them is shipped."""

from __future__ import annotations

from tunecard.pipeline.best import train_best
from tunecard.pipeline.learning import learn, learn_together
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.trained import TrainedSeeds, scores_of
from tunecard.training.regime import tell_if_slow


def train_seeds(context: RunContext) -> TrainedSeeds:
    """Every seed of the recipe's method, from the same rows."""
    plans, listener = context.plans, context.listener
    slow = tell_if_slow(plans.precision, plans.device)
    if slow:
        listener.note(slow)
    if plans.quality == "best":
        return train_best(context)
    if len(plans.seeds) == 1:
        context.begin(f"Training {plans.method}, seed {plans.seeds[0]}")
        return TrainedSeeds(learn(context, plans.method, plans.seeds[0], after_epoch=context.after_epoch))
    context.begin(f"Training {plans.method}, seeds {', '.join(map(str, plans.seeds))}")
    every = learn_together(context, plans.method, plans.seeds)
    return TrainedSeeds(
        max(every, key=lambda trained: trained.result.best_score or 0),
        [scores_of(trained, context.prepared) for trained in every],
    )
