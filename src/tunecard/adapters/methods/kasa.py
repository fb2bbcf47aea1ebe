"""KaSA: LoRA with learned singular values, on a weight without its smallest part (Wang et al. 2024)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.lora import ALPHA, BIAS, DROPOUT, LORA, RANK, TARGETS, TOKENS
from tunecard.adapters.methods.method import Reference, Setting
from tunecard.recipe.schema import Number

BETA = Setting(
    "beta", "kasa_config.beta", "Weight of small singular values", Annotated[Number, Field(ge=0, le=100)],
    "a number in [0, 100]", default=1e-4,
)  # fmt: skip
GAMMA = Setting(
    "gamma", "kasa_config.gamma", "Weight of orthogonality", Annotated[Number, Field(ge=0, le=100)],
    "a number in [0, 100]", default=1e-3,
)  # fmt: skip

KASA = replace(
    LORA,
    injects=False,
    name="kasa",
    title="KaSA",
    meaning="knowledge-aware singular-value adaptation: the smallest part of each weight is dropped, and "
    "(alpha / rank) x B x S x A added, where B, the diagonal S and A are trained.",
    reference=Reference(
        key="wang2024kasa",
        authors="Wang, Fan and Jiang, Juyong and Park, Chansung and Kim, Sunghun and Tang, Jing",
        title="KaSA: Knowledge-Aware Singular-Value Adaptation of Large Language Models",
        year="2024",
        arxiv="2412.06071",
    ),
    settings=(RANK, ALPHA, BETA, GAMMA, DROPOUT, TARGETS, BIAS, TOKENS),
    parts=("A", "B", "diag"),
    product=None,
    unlayered="PEFT takes the smallest part of each frozen weight away in memory: a layer without its update is "
    "not the base's",
    fixed={"kasa_config": {}},
    start="weights",
    rule="kasa",
    averages=False,
)
