"""VB-LoRA: low-rank updates put together from a bank of vectors (Li et al. 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Layers, Method, Reference, Rule, Settings
from tunecard.adapters.methods.shared_settings import (
    TARGETS,
    common_divisor,
    divides,
    largest_divisor,
    rank_of,
    whole_number,
)

# Rates: the paper has 1e-2 for logits, 1e-3 for the bank and 4e-3 for the head; here the update has one.
LENGTH = Rule(
    "the largest divisor of the widths of all layers, up to 256",
    lambda settings, layers: largest_divisor(common_divisor(settings, layers), 256),
)


def _misfits(settings: Settings, layers: Layers) -> list[str]:
    faults = divides("vector_length")(settings, layers)
    if settings["mixed"] > settings["vectors"]:
        faults.append(f"adapter.mixed must be at most adapter.vectors, {settings['vectors']}. Got {settings['mixed']}.")
    return faults


VBLORA = Method(
    name="vblora",
    title="VB-LoRA",
    meaning="low-rank updates are put together from a bank of learned vectors that all layers share, "
    "each piece a mixture of a few of them.",
    reference=Reference(
        key="li2024vblora",
        authors="Li, Yang and Han, Shaobo and Ji, Shihao",
        title="VB-LoRA: Extreme Parameter Efficient Fine-Tuning with Vector Banks",
        year="2024",
        arxiv="2405.15179",
    ),
    peft_type="VBLORA",
    settings=(
        TARGETS,
        rank_of(4),
        whole_number("vectors", "num_vectors", "Vectors of the bank", (2, 4096), 90),
        whole_number("vector_length", "vector_length", "Length of a vector", (1, 8192), LENGTH),
        whole_number("mixed", "topk", "Vectors in a mixture", (1, 64), 2),
    ),
    prefix="vblora_",
    parts=("logits_A", "logits_B"),
    learning_rate=5e-3,
    head_learning_rate=4e-3,
    rate_from="its paper has 1e-2 for logits, 1e-3 for the bank, 4e-3 for the head",
    misfits=_misfits,
)
