"""AdaMSS: low-rank updates of clusters of a weight's singular directions (Zheng et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, rank_of, whole_number

ADAMSS = Method(
    name="adamss",
    title="AdaMSS",
    meaning="a weight's singular directions are grouped into subspaces, and each subspace learns a "
    "small low-rank update of its own.",
    reference=Reference(
        key="zheng2025adamss",
        authors="Zheng, Jingjing and Lu, Wanglong and Dong, Yiming and Ji, Chaojie and Cao, Yankai and Lin, Zhouchen",
        title="AdaMSS: Adaptive Multi-Subspace Approach for Parameter-Efficient Fine-Tuning",
        year="2025",
        url="https://openreview.net/forum?id=8ZdWmpYxT0",
    ),
    peft_type="ADAMSS",
    settings=(
        TARGETS,
        rank_of(100),
        whole_number("subspaces", "num_subspaces", "Subspaces", (1, 100), 5),
        whole_number("subspace_rank", "subspace_rank", "Rank of a subspace", (1, 64), 1),
    ),
    lays_out=False,
    prefix="adamss_",
    parts=("newB",),
    derived=("adamss_newB",),
    reads_weights=True,
)
