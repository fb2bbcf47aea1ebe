"""HiRA: low-rank updates multiplied with the weight, entry by entry (Huang et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, dropout_of, rank_of

HIRA = Method(
    name="hira",
    title="HiRA",
    meaning="the update of a weight is the weight itself, multiplied entry by entry with a learned low-rank matrix.",
    reference=Reference(
        key="huang2025hira",
        authors="Huang, Qiushi and Ko, Tom and Zhuang, Zhan and Tang, Lilian and Zhang, Yu",
        title="HiRA: Parameter-Efficient Hadamard High-Rank Adaptation for Large Language Models",
        year="2025",
        url="https://openreview.net/forum?id=TwJrTz9cRS",
    ),
    peft_type="HIRA",
    settings=(
        TARGETS,
        rank_of(32),
        dropout_of("hira_dropout"),
    ),
    prefix="hira_",
    parts=("A", "B"),
    reads_weights=True,
)
