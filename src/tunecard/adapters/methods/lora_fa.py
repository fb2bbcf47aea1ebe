"""LoRA-FA: LoRA whose factor A stays as it was drawn (Zhang et al. 2023). Its files are those of LoRA."""

from __future__ import annotations

from dataclasses import replace

from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.method import Reference

LORA_FA = replace(
    LORA,
    name="lora-fa",
    title="LoRA-FA",
    meaning="LoRA whose factor A stays as it was drawn; B is moved so that the product comes nearest to a step of the "
    "whole weight.",
    reference=Reference(
        key="zhang2023lorafa",
        authors="Zhang, Longteng and Zhang, Lin and Shi, Shaohuai and Chu, Xiaowen and Li, Bo",
        title="LoRA-FA: Memory-efficient Low-rank Adaptation for Large Language Models Fine-tuning",
        year="2023",
        arxiv="2308.03303",
    ),
    frozen_parts=("A",),
    optimizer="lora-fa",
)
