"""PSOFT: rotations within the main directions of a weight (Wu et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, at_most_narrowest, positive_number, rank_of

ALPHA = Rule("equal to the rank", lambda settings, layers: float(settings["rank"]))

PSOFT = Method(
    name="psoft",
    title="PSOFT",
    meaning="each weight is turned, and scaled a little, within the few directions in which it is largest.",
    reference=Reference(
        key="wu2025psoft",
        authors="Wu, Fei and Hu, Jia and Min, Geyong and Wang, Shiqiang",
        title="Efficient Orthogonal Fine-Tuning with Principal Subspace Adaptation",
        year="2025",
        arxiv="2505.11235",
    ),
    peft_type="PSOFT",
    settings=(
        TARGETS,
        rank_of(32),
        positive_number("alpha", "psoft_alpha", "Alpha", ALPHA),
    ),
    prefix="psoft_",
    parts=("R", "R.vector_a", "R.vector_b"),
    reads_weights=True,
    misfits=at_most_narrowest("rank"),
)
