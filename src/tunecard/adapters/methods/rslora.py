"""rsLoRA: LoRA whose update does not shrink as the rank grows (Kalajdzievski 2023)."""

from __future__ import annotations

from dataclasses import replace

from tunecard.adapters.methods.lora import ALPHA, BIAS, DROPOUT, LORA, RANK, TARGETS
from tunecard.adapters.methods.method import Reference, Rule

# The update is then as large as plain LoRA's at its own `auto`: what differs is how it grows with the rank.
LEVEL = Rule("the square root of the rank, so that the scaling is 1", lambda settings, layers: settings["rank"] ** 0.5)

RSLORA = replace(
    LORA,
    name="rslora",
    title="rsLoRA",
    meaning="rank-stabilised LoRA: W + (alpha / square root of the rank) x B x A, where only B and A are trained.",
    reference=Reference(
        key="kalajdzievski2023rslora",
        authors="Kalajdzievski, Damjan",
        title="A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA",
        year="2023",
        arxiv="2312.03732",
    ),
    settings=(RANK, replace(ALPHA, rule=LEVEL), DROPOUT, TARGETS, BIAS),
    fixed={"use_rslora": True},
)
