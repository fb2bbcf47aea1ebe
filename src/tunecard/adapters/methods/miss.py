"""MiSS: one small matrix that all shards of a weight share (Kang and Yin 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, at_most_narrowest, dropout_of, rank_of

MISS = Method(
    name="miss",
    title="MiSS",
    meaning="each weight is cut into shards along its inputs, and all shards share one learned update.",
    reference=Reference(
        key="kang2024miss",
        authors="Kang, Jiale and Yin, Qingyu",
        title="MiSS: Revisiting the Trade-off in LoRA with an Efficient Shard-Sharing Structure",
        year="2024",
        arxiv="2409.15371",
    ),
    peft_type="MISS",
    settings=(
        TARGETS,
        rank_of(64),
        dropout_of("miss_dropout"),
    ),
    prefix="miss_",
    parts=("block",),
    misfits=at_most_narrowest("rank"),
)
