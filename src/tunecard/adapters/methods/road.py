"""RoAd: outputs turned and scaled in pairs (Liao and Monz 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, common_divisor, divides, largest_divisor, whole_number

# Rate: the paper has 1e-3 on GLUE, 3e-3 on its small tasks.
GROUP = Rule(
    "the largest even divisor of the outputs of all layers, up to 64",
    lambda settings, layers: largest_divisor(common_divisor(settings, layers, (1,)), 64, even=True),
)

ROAD = Method(
    name="road",
    title="RoAd",
    meaning="the outputs of each layer are turned and scaled in pairs, by two learned numbers a pair.",
    reference=Reference(
        key="liao2024road",
        authors="Liao, Baohao and Monz, Christof",
        title="3-in-1: 2D Rotary Adaptation for Efficient Finetuning, Efficient Batching and Composability",
        year="2024",
        arxiv="2409.00119",
    ),
    peft_type="ROAD",
    settings=(
        TARGETS,
        whole_number("group_size", "group_size", "Outputs that are paired with each other", (2, 8192), GROUP),
    ),
    prefix="road_",
    parts=("theta", "alpha"),
    learning_rate=3e-3,
    rate_from="its paper has 1e-3 on GLUE, 3e-3 on its small tasks",
    misfits=divides("group_size", sides=(1,)),
)
