"""LoRA-GA: LoRA whose first step is that of the whole weight (Wang et al. 2024)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from tunecard.adapters.methods.lora import ALPHA, BIAS, LORA, RANK, TARGETS, TOKENS, WHOLE_START
from tunecard.adapters.methods.method import Reference, Setting

SCALE = Setting(
    "start_scale", "lora_ga_config.scale", "Size of the start", Literal["stable", "weight_svd", "gd_scale", "unit"],
    "stable, weight_svd, gd_scale or unit", default="stable",
)  # fmt: skip

LORA_GA = replace(
    LORA,
    name="lora-ga",
    title="LoRA-GA",
    meaning="LoRA whose factors start along the singular vectors of the loss's gradient, over training rows, and are "
    "taken out of the weight.",
    reference=Reference(
        key="wang2024loraga",
        authors="Wang, Shaowen and Yu, Linxi and Li, Jian",
        title="LoRA-GA: Low-Rank Adaptation with Gradient Approximation",
        year="2024",
        arxiv="2407.05000",
    ),
    settings=(RANK, ALPHA, SCALE, WHOLE_START, TARGETS, BIAS, TOKENS),
    fixed={"init_lora_weights": "lora_ga"},
    start="gradients",
    moves_base=True,
)
