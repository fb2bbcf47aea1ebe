"""MiCA: LoRA whose factor B is the smallest part of each weight and stays (Rüdiger and Raschka 2026)."""

from __future__ import annotations

from dataclasses import replace

from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.method import Reference

MICA = replace(
    LORA,
    injects=False,
    name="mica",
    title="MiCA",
    meaning="minor component adaptation: LoRA whose factor B holds the singular vectors of the smallest singular "
    "values of each weight and stays; only A is trained.",
    reference=Reference(
        key="rudiger2026mica",
        authors="Rüdiger, Sten and Raschka, Sebastian",
        title="MiCA Learns More Knowledge Than LoRA and Full Fine-Tuning",
        year="2026",
        arxiv="2604.01694",
    ),
    fixed={"init_lora_weights": "mica"},
    start="weights",
    frozen_parts=("B",),
)
