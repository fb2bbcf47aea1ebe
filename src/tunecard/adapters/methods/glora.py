"""GLoRA: weights and biases scaled and shifted by low-rank matrices (Chavan et al. 2023)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, rank_of

GLORA = Method(
    name="glora",
    title="GLoRA",
    meaning="low-rank matrices scale each weight and add to it, and its bias is scaled, shifted and "
    "coupled to the weight.",
    reference=Reference(
        key="chavan2023glora",
        authors="Chavan, Arnav and Liu, Zhuang and Gupta, Deepak and Xing, Eric and Shen, Zhiqiang",
        title="One-for-All: Generalized LoRA for Parameter-Efficient Fine-tuning",
        year="2023",
        arxiv="2306.07967",
    ),
    peft_type="GLORA",
    settings=(
        TARGETS,
        rank_of(8),
    ),
    prefix="glora_",
    parts=("A.Xd", "A.Xu", "B.Xd", "B.Xu", "C.Xd", "C.Xu", "D.X", "E.X"),
    reads_weights=True,
)
