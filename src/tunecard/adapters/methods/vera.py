"""VeRA: vectors that scale two shared random matrices (Kopiczko et al. 2023)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, dropout_of, whole_number

# Rates: VeRA's paper gives 1e-2 to 3e-2 for roberta-large, with heads at 2e-4 to 6e-3.

VERA = Method(
    name="vera",
    title="VeRA",
    meaning="all layers share one pair of frozen random matrices, and each learns two vectors that scale them.",
    reference=Reference(
        key="kopiczko2023vera",
        authors="Kopiczko, Dawid J. and Blankevoort, Tijmen and Asano, Yuki M.",
        title="VeRA: Vector-based Random Matrix Adaptation",
        year="2023",
        arxiv="2310.11454",
    ),
    peft_type="VERA",
    settings=(
        TARGETS,
        whole_number(
            "rank", "r", "Rank", (1, 4096), 256, comment="of matrices that do not learn: wider than that of LoRA"
        ),
        dropout_of("vera_dropout"),
    ),
    prefix="vera_",
    parts=("lambda_b", "lambda_d"),
    derived=("vera_A", "vera_B"),
    learning_rate=1e-2,
    head_learning_rate=4e-3,
    rate_from="VeRA's paper has 1e-2 to 3e-2 for roberta-large, heads 2e-4 to 6e-3",
)
