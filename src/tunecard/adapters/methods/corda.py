"""CorDA: LoRA that starts as the part of each weight that matters to the rows (Yang et al. 2024)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from tunecard.adapters.methods.lora import ALPHA, BIAS, LORA, RANK, TARGETS, TOKENS, WHOLE_START
from tunecard.adapters.methods.method import Reference, Setting

MODE = Setting(
    "mode", "corda_config.corda_method", "Which part learns", Literal["ipm", "kpm"], "ipm or kpm", default="ipm",
    comment="ipm: what the rows use most learns; kpm: what they use least, so that the rest is kept",
)  # fmt: skip

CORDA = replace(
    LORA,
    name="corda",
    title="CorDA",
    meaning="LoRA whose factors start as the part of each weight that its inputs use most, or least, by their "
    "covariance over training rows; the rest of the weight stays.",
    reference=Reference(
        key="yang2024corda",
        authors="Yang, Yibo and Li, Xiaojie and Zhou, Zhongzhu and Song, Shuaiwen Leon and Wu, Jianlong and "
        "Nie, Liqiang and Ghanem, Bernard",
        title="CorDA: Context-Oriented Decomposition Adaptation of Large Language Models for Task-Aware "
        "Parameter-Efficient Fine-tuning",
        year="2024",
        arxiv="2406.05223",
    ),
    settings=(RANK, ALPHA, MODE, WHOLE_START, TARGETS, BIAS, TOKENS),
    fixed={"init_lora_weights": "corda"},
    start="corda",
    moves_base=True,
)
