"""TinyLoRA: a handful of numbers a layer (Morris et al. 2026)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, at_most_narrowest, whole_number

TINYLORA = Method(
    name="tinylora",
    title="TinyLoRA",
    meaning="a short learned vector a layer is spread by a frozen random projection over the main "
    "directions of its weight.",
    reference=Reference(
        key="morris2026tinylora",
        authors="Morris, John X. and Mireshghallah, Niloofar and Ibrahim, Mark and Mahloujifar, Saeed",
        title="Learning to Reason in 13 Parameters",
        year="2026",
        arxiv="2602.04118",
    ),
    peft_type="TINYLORA",
    settings=(
        TARGETS,
        whole_number("rank", "r", "Directions of a weight", (1, 64), 2),
        whole_number("numbers", "u", "Learned numbers of a layer", (1, 4096), 64),
    ),
    prefix="tinylora_",
    parts=("A", "B"),
    derived=("tinylora_A", "tinylora_B", "tinylora_P"),
    reads_weights=True,
    learning_rate=5e-3,
    misfits=at_most_narrowest("rank"),
)
