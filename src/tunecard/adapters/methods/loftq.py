"""LoftQ: LoRA on a rounded base whose factors start as what rounding took from each weight (Li et al. 2023)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.lora import ALPHA, BIAS, LORA, RANK, TARGETS, TOKENS, WHOLE_START
from tunecard.adapters.methods.method import Reference, Setting
from tunecard.recipe.schema import Whole

STEPS = Setting(
    "start_steps", "loftq_config.loftq_iter", "Steps of the start", Annotated[Whole, Field(ge=1, le=100)],
    "an integer in [1, 100]", default=1, comment="how often weight and factors are fitted to each other in turn",
)  # fmt: skip

LOFTQ = replace(
    LORA,
    name="loftq",
    title="LoftQ",
    meaning="LoRA on a base that is stored in few bits, whose factors start as the largest part of what that takes "
    "from each weight.",
    reference=Reference(
        key="li2023loftq",
        authors="Li, Yixiao and Yu, Yifan and Liang, Chen and He, Pengcheng and Karampatziakis, Nikos and "
        "Chen, Weizhu and Zhao, Tuo",
        title="LoftQ: LoRA-Fine-Tuning-Aware Quantization for Large Language Models",
        year="2023",
        arxiv="2310.08659",
    ),
    settings=(RANK, ALPHA, STEPS, WHOLE_START, TARGETS, BIAS, TOKENS),
    fixed={"init_lora_weights": "loftq"},
    start="rounding",
    moves_base=True,
    base_weights=("nf4", "int8"),
)
