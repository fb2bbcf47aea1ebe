"""Lily: low-rank matrices that layers share, mixed by a router (Zhong et al. 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, positive_number, rank_of, whole_number

LILY = Method(
    name="lily",
    title="Lily",
    meaning="low-rank updates of which neighbouring layers share one factor and all layers share a "
    "few others, mixed by a router that reads the input.",
    reference=Reference(
        key="zhong2024lily",
        authors="Zhong, Yibo and Zhao, Jinman and Zhou, Yao",
        title="Low-Rank Interconnected Adaptation across Layers",
        year="2024",
        arxiv="2407.09946",
    ),
    peft_type="LILY",
    settings=(
        TARGETS,
        rank_of(32),
        whole_number("stride", "stride_A", "Neighbouring layers that share a factor", (1, 64), 1),
        whole_number("experts", "num_B", "Factors that all layers share", (2, 64), 2),
        positive_number("scaling", "scaling", "Scaling", 1.0),
    ),
    prefix="lily_",
    parts=("A", "B", "router"),
    saves_each_once=False,
    unmerged="its router mixes the updates anew for every input, so there is no one matrix to add to a weight",
)
