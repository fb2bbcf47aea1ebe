"""Whether several seeds are trained in one pass: whether they can be, and whether it pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from torch import nn

from tunecard.adapters.fused.shared_base import why_not_shared
from tunecard.encoders.layer_prefix import encoder_blocks
from tunecard.training.plan import TrainingData, TrainingPlan

# These libraries follow one run a process.
LONE_TRACKERS = {"wandb", "mlflow"}
# Multiplications of a block in a step of one seed, 512 tokens of a base 384 wide: with more of them a processor is busy
# with one seed alone, and nothing is gained (docs/log.md, "Kernels in C").
MOST_WORK = 512 * 12 * 384**2


def why_not_together(models: Sequence[nn.Module], plans: Sequence[TrainingPlan]) -> str | None:
    """Why seeds must be trained one after the other, or None. The parity gate may still find a reason later."""
    lone = LONE_TRACKERS.intersection(plans[0].log_to)
    if lone:
        return f"{', '.join(sorted(lone))} can follow one training at a time"
    if plans[0].cache_frozen_prefix:
        return "cached states are of one training"
    shared = {**asdict(plans[0]), "seed": None}
    if any({**asdict(plan), "seed": None} != shared for plan in plans):
        return "the plans differ in more than the seed"
    return why_not_shared(models)


def does_joining_pay(model: nn.Module, data: TrainingData, plan: TrainingPlan) -> bool:
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
