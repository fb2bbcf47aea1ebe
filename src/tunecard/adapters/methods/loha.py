"""LoHa: updates that are products, entry by entry, of two low-rank matrices (Hyeon-Woo et al. 2021)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, positive_number, rank_of

ALPHA = Rule("equal to the rank", lambda settings, layers: float(settings["rank"]))

LOHA = Method(
    name="loha",
    title="LoHa",
    meaning="the update of a weight is the product, entry by entry, of two low-rank matrices.",
    reference=Reference(
        key="hyeonwoo2021fedpara",
        authors="Hyeon-Woo, Nam and Ye-Bin, Moon and Oh, Tae-Hyun",
        title="FedPara: Low-Rank Hadamard Product for Communication-Efficient Federated Learning",
        year="2021",
        arxiv="2108.06098",
    ),
    peft_type="LOHA",
    settings=(
        TARGETS,
        rank_of(8),
        positive_number("alpha", "alpha", "Alpha", ALPHA),
    ),
    prefix="hada_",
    parts=("w1_a", "w1_b", "w2_a", "w2_b"),
)
