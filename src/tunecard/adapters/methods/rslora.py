"""rsLoRA: LoRA whose update does not shrink as the rank grows (Kalajdzievski 2023)."""

from __future__ import annotations

from dataclasses import replace

from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.method import Reference

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
    fixed={"use_rslora": True},
    # The update of rank 16 is four times as large as LoRA's.
    rate_factor=0.5,
)
