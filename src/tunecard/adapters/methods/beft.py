"""BEFT: learned biases of the value projections (Huang et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import projections

# By the names that transformers gives them; Wqkv, qkv_proj and in_proj project queries and keys, too.
VALUES = ("value", "v_lin", "v_proj", "v", "value_proj", "Wqkv", "qkv_proj", "in_proj")

BEFT = Method(
    name="beft",
    title="BEFT",
    meaning="a learned bias is added to what the value projections give; every weight stays as it is.",
    reference=Reference(
        key="huang2025beft",
        authors="Huang, Baichuan and Balashankar, Ananth and Aminifar, Amir",
        title="BEFT: Bias-Efficient Fine-Tuning of Language Models in Low-Data Regimes",
        year="2025",
        arxiv="2509.15974",
    ),
    peft_type="BEFT",
    settings=(projections("values", VALUES),),
    prefix="beft_",
    parts=("bias",),
    learning_rate=5e-3,
)
