"""EVA: LoRA that starts where the inputs of each layer vary most (Paischer et al. 2024)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.lora import ALPHA, BIAS, DROPOUT, LORA, RANK, TARGETS, TOKENS
from tunecard.adapters.methods.method import Reference, Setting
from tunecard.recipe.schema import Number

RHO = Setting(
    "rho", "eva_config.rho", "Most ranks of a module, by the rank", Annotated[Number, Field(ge=1, le=16)],
    "a number in [1, 16]", default=1.0,
    comment="above 1, ranks are given to modules by how much of their inputs they explain",
)  # fmt: skip

EVA = replace(
    LORA,
    name="eva",
    title="EVA",
    meaning="LoRA whose factor A starts as the directions in which the inputs of each layer vary most, over training "
    "rows.",
    reference=Reference(
        key="paischer2024eva",
        authors="Paischer, Fabian and Hauzenberger, Lukas and Schmied, Thomas and Alkin, Benedikt and "
        "Deisenroth, Marc Peter and Hochreiter, Sepp",
        title="One Initialization to Rule them All: Fine-tuning via Explained Variance Adaptation",
        year="2024",
        arxiv="2410.07170",
    ),
    settings=(RANK, ALPHA, RHO, DROPOUT, TARGETS, BIAS, TOKENS),
    fixed={"init_lora_weights": "eva"},
    start="eva",
)
