"""PiSSA: LoRA that starts as the largest part of each weight (Meng et al. 2024)."""

from __future__ import annotations

from dataclasses import replace

from tunecard.adapters.methods.lora import ALPHA, BIAS, LORA, RANK, TARGETS, TOKENS, WHOLE_START
from tunecard.adapters.methods.method import Reference

PISSA = replace(
    LORA,
    name="pissa",
    title="PiSSA",
    meaning="LoRA whose factors start as the largest singular values and vectors of each weight, and the rest of the "
    "weight stays.",
    reference=Reference(
        key="meng2024pissa",
        authors="Meng, Fanxu and Wang, Zhaohui and Zhang, Muhan",
        title="PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large Language Models",
        year="2024",
        arxiv="2404.02948",
    ),
    settings=(RANK, ALPHA, WHOLE_START, TARGETS, BIAS, TOKENS),
    fixed={"init_lora_weights": "pissa"},
    start="weights",
    moves_base=True,
)
