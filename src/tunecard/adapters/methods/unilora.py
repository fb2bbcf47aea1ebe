"""Uni-LoRA: one short vector for all low-rank updates (Li et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, rank_of, whole_number

UNILORA = Method(
    name="unilora",
    title="Uni-LoRA",
    meaning="every number of all low-rank updates is one of a short learned vector, assigned at "
    "random and once for all.",
    reference=Reference(
        key="li2025unilora",
        authors="Li, Kaiyang and Han, Shaobo and Su, Qing and Li, Wei and Cai, Zhipeng and Ji, Shihao",
        title="Uni-LoRA: One Vector is All You Need",
        year="2025",
        arxiv="2506.00799",
    ),
    peft_type="UNILORA",
    settings=(
        TARGETS,
        rank_of(4),
        whole_number("numbers", "theta_d_length", "Learned numbers in all", (1, 1_000_000), 23_040),
    ),
    lays_out=False,
    prefix="unilora_",
    learning_rate=5e-3,
    head_learning_rate=1e-3,
    rate_from="PEFT's example for GLUE has 5e-3, heads from 1e-3",
)
