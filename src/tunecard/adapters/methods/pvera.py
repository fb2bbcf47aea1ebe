"""PVeRA: VeRA with a distribution in the place of a vector (Fillioux et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, dropout_of, whole_number

# Rates: VeRA's paper gives 1e-2 to 3e-2 for roberta-large, with heads at 2e-4 to 6e-3.

PVERA = Method(
    name="pvera",
    title="PVeRA",
    meaning="as VeRA, but one of the two vectors is a learned distribution: training draws from it, "
    "answers take its mean.",
    reference=Reference(
        key="fillioux2025pvera",
        authors="Fillioux, Leo and Ferrante, Enzo and Cournède, Paul-Henry and Vakalopoulou, Maria "
        "and Christodoulidis, Stergios",
        title="PVeRA: Probabilistic Vector-Based Random Matrix Adaptation",
        year="2025",
        arxiv="2512.07703",
    ),
    peft_type="PVERA",
    settings=(
        TARGETS,
        whole_number(
            "rank", "r", "Rank", (1, 4096), 256, comment="of matrices that do not learn: wider than that of LoRA"
        ),
        dropout_of("pvera_dropout"),
    ),
    prefix="pvera_",
    parts=("lambda_b", "lambda_d"),
    derived=("pvera_A", "pvera_B"),
    learning_rate=1e-2,
    head_learning_rate=4e-3,
    rate_from="those of VeRA, whose paper has 1e-2 to 3e-2 for roberta-large",
)
