"""LoRA+: LoRA whose two factors learn at different rates (Hayou et al. 2024). Its files are those of LoRA."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.lora import ALPHA, BIAS, DROPOUT, LORA, RANK, TARGETS, TOKENS
from tunecard.adapters.methods.method import Reference, Rule, Setting
from tunecard.recipe.schema import Auto, Number

RATIO = Setting(
    "rate_ratio", "", "Rate of B by that of A", Annotated[Number, Field(ge=1, le=1024)] | Auto,
    "a number in [1, 1024], or auto", rule=Rule("16, as in the paper and in PEFT", lambda settings, layers: 16.0),
    comment="how many times faster B learns than A",
)  # fmt: skip

LORA_PLUS = replace(
    LORA,
    name="lora-plus",
    title="LoRA+",
    meaning="LoRA whose factor B learns at a higher rate than its factor A.",
    reference=Reference(
        key="hayou2024loraplus",
        authors="Hayou, Soufiane and Ghosh, Nikhil and Yu, Bin",
        title="LoRA+: Efficient Low Rank Adaptation of Large Models",
        year="2024",
        arxiv="2402.12354",
    ),
    settings=(RANK, ALPHA, RATIO, DROPOUT, TARGETS, BIAS, TOKENS),
    optimizer="lora-plus",
    # At a ratio of 16, A then learns four times slower and B four times faster than in LoRA.
    rate_factor=0.25,
)
