"""PEANuT: a small network makes the update out of the weight (Zhong et al. 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, positive_number, rank_of, whole_number

PEANUT = Method(
    name="peanut",
    title="PEANuT",
    meaning="a small network, shared by no other layer, reads the frozen weight and gives its update.",
    reference=Reference(
        key="zhong2024peanut",
        authors="Zhong, Yibo and others",
        title="PEANuT: Parameter-Efficient Adaptation with Weight-aware Neural Tweakers",
        year="2024",
        arxiv="2410.01870",
    ),
    peft_type="PEANUT",
    settings=(
        TARGETS,
        rank_of(32),
        whole_number("depth", "depth", "Hidden layers of the network", (0, 8), 0),
        positive_number("scaling", "scaling", "Scaling", 1.0),
    ),
    prefix="peanut_",
    parts=("A", "B"),
    reads_weights=True,
)
