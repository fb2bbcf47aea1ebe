"""DoRA: low-rank updates of directions, and a learned length of each row of a weight (Liu et al. 2024)."""

from __future__ import annotations

from dataclasses import replace

from tunecard.adapters.methods.lora import ALPHA, BIAS, DROPOUT, LORA, RANK, TARGETS, TOKENS
from tunecard.adapters.methods.method import Reference, Rule

# With dropout PEFT multiplies by the frozen weight twice (peft#2122).
NO_DROPOUT = replace(DROPOUT, rule=Rule("0, as dropout doubles DoRA's cost", lambda settings, layers: 0.0))

DORA = replace(
    LORA,
    injects=False,
    name="dora",
    title="DoRA",
    meaning="weight-decomposed low-rank adaptation: W + (alpha / rank) x B x A gives each row of a weight its "
    "direction, and a learned factor its length.",
    reference=Reference(
        key="liu2024dora",
        authors="Liu, Shih-Yang and Wang, Chien-Yi and Yin, Hongxu and Molchanov, Pavlo and Wang, Yu-Chiang Frank and "
        "Cheng, Kwang-Ting and Chen, Min-Hung",
        title="DoRA: Weight-Decomposed Low-Rank Adaptation",
        year="2024",
        arxiv="2402.09353",
    ),
    settings=(RANK, ALPHA, NO_DROPOUT, TARGETS, BIAS, TOKENS),
    fixed={"use_dora": True},
)
