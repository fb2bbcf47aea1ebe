"""DeLoRA: normalised low-rank updates of bounded strength (Bini et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, positive_number, rank_of

DELORA = Method(
    name="delora",
    title="DeLoRA",
    meaning="a low-rank update whose directions are normalised, and whose strength is one learned number a layer.",
    reference=Reference(
        key="bini2025delora",
        authors="Bini, Massimo and Girrbach, Leander and Akata, Zeynep",
        title="Decoupling Angles and Strength in Low-rank Adaptation",
        year="2025",
        arxiv="2503.18225",
    ),
    peft_type="DELORA",
    settings=(
        TARGETS,
        rank_of(8),
        positive_number("bound", "delora_lambda", "Strength at the start", 15.0),
    ),
    prefix="delora_",
    parts=("A", "B", "lambda"),
    derived=("delora_w_norm",),
)
