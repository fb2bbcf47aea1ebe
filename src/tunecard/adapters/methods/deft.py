"""DEFT: a subspace of each weight is taken out, and something learned put in (Kumar et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, dropout_of, rank_of

DEFT = Method(
    name="deft",
    title="DEFT",
    meaning="a learned subspace is projected out of each weight, and a learned low-rank matrix takes its place.",
    reference=Reference(
        key="kumar2025deft",
        authors="Kumar, Komal and Anwer, Rao Muhammad and Khan, Fahad Shahbaz and Khan, Salman and "
        "Laptev, Ivan and Cholakkal, Hisham",
        title="DEFT: Decompositional Efficient Fine-Tuning for Text-to-Image Models",
        year="2025",
        arxiv="2509.22793",
    ),
    peft_type="DEFT",
    settings=(
        TARGETS,
        rank_of(8),
        dropout_of("deft_dropout"),
    ),
    prefix="deft_",
    parts=("P", "R"),
    reads_weights=True,
)
