"""Prompt tuning: learned vectors in front of the text (Lester et al. 2021)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import IN_FRONT, NOT_A_WEIGHT, virtual_tokens

PROMPT_TUNING = Method(
    name="prompt_tuning",
    title="Prompt tuning",
    meaning="learned vectors stand in front of every text, as the embeddings of tokens would; the base stays as it is.",
    reference=Reference(
        key="lester2021prompt",
        authors="Lester, Brian and Al-Rfou, Rami and Constant, Noah",
        title="The Power of Scale for Parameter-Efficient Prompt Tuning",
        year="2021",
        arxiv="2104.08691",
    ),
    peft_type="PROMPT_TUNING",
    settings=(virtual_tokens(20),),
    prefix="prompt_embeddings",
    unmerged=NOT_A_WEIGHT,
    unpacked=IN_FRONT,
    virtual_tokens=lambda settings: int(settings["virtual_tokens"]),
    learning_rate=1e-2,
    head_learning_rate=1e-3,
)
