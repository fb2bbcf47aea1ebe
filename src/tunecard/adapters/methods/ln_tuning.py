"""LN tuning: layer norms learn, and nothing else of the base (Zhao et al. 2023)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference

# Every module whose name ends as those of norms do, but for those of a head, which is trained whole.
NORMS = r"(?!head\.|classifier\.).*[nN]orm"

LN_TUNING = Method(
    name="ln_tuning",
    title="LN tuning",
    meaning="the scales and shifts of every layer norm learn, in copies that stand in their place; "
    "everything else stays as it is.",
    reference=Reference(
        key="zhao2023lntuning",
        authors="Zhao, Bingchen and Tu, Haoqin and Wei, Chen and Mei, Jieru and Xie, Cihang",
        title="Tuning LayerNorm in Attention: Towards Efficient Multi-Modal LLM Finetuning",
        year="2023",
        arxiv="2312.11420",
    ),
    peft_type="LN_TUNING",
    settings=(),
    preset={"target_modules": NORMS},
    prefix="ln_tuning_",
    parts=("layers.weight",),
    freezes_base=lambda settings: False,
    learning_rate=3e-3,
)
