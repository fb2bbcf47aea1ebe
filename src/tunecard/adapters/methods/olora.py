"""OLoRA: LoRA that starts from an orthonormal basis of each weight (Büyükakyüz 2024)."""

from __future__ import annotations

from dataclasses import replace

from tunecard.adapters.methods.lora import ALPHA, BIAS, LORA, RANK, TARGETS, TOKENS, WHOLE_START
from tunecard.adapters.methods.method import Reference

OLORA = replace(
    LORA,
    name="olora",
    title="OLoRA",
    meaning="LoRA whose factors start as the first columns and rows of the QR decomposition of each weight, and the "
    "rest of the weight stays.",
    reference=Reference(
        key="buyukakyuz2024olora",
        authors="Büyükakyüz, Kerim",
        title="OLoRA: Orthonormal Low-Rank Adaptation of Large Language Models",
        year="2024",
        arxiv="2406.01775",
    ),
    settings=(RANK, ALPHA, WHOLE_START, TARGETS, BIAS, TOKENS),
    fixed={"init_lora_weights": "olora"},
    start="weights",
    moves_base=True,
)
