"""Prefix tuning: learned keys and values in front of every layer's own (Li and Liang 2021)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import IN_FRONT, NOT_A_WEIGHT, virtual_tokens

PREFIX_TUNING = Method(
    name="prefix_tuning",
    title="Prefix tuning",
    meaning="keys and values of virtual tokens, which every layer reads in front of those of the text, are learned.",
    reference=Reference(
        key="li2021prefix",
        authors="Li, Xiang Lisa and Liang, Percy",
        title="Prefix-Tuning: Optimizing Continuous Prompts for Generation",
        year="2021",
        arxiv="2101.00190",
    ),
    peft_type="PREFIX_TUNING",
    settings=(virtual_tokens(20),),
    prefix="prompt_embeddings",
    unmerged=NOT_A_WEIGHT,
    unpacked=IN_FRONT,
    virtual_tokens=lambda settings: int(settings["virtual_tokens"]),
    learning_rate=1e-2,
    head_learning_rate=1e-3,
    rate_from="PEFT's example for MRPC has 1e-2",
)
