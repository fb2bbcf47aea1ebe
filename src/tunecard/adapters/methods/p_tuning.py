"""P-tuning: vectors in front of the text, made by a small network (Liu et al. 2021)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import IN_FRONT, NOT_A_WEIGHT, virtual_tokens, whole_number

P_TUNING = Method(
    name="p_tuning",
    title="P-tuning",
    meaning="vectors in front of every text are made by a small network that learns; what it makes is "
    "kept, the network is not.",
    reference=Reference(
        key="liu2021ptuning",
        authors="Liu, Xiao and Zheng, Yanan and Du, Zhengxiao and Ding, Ming and Qian, Yujie and "
        "Yang, Zhilin and Tang, Jie",
        title="GPT Understands, Too",
        year="2021",
        arxiv="2103.10385",
    ),
    peft_type="P_TUNING",
    settings=(
        virtual_tokens(20),
        whole_number("hidden_size", "encoder_hidden_size", "Width of the network", (1, 4096), 128),
    ),
    prefix="prompt_embeddings",
    saves_each_once=False,
    unmerged=NOT_A_WEIGHT,
    unpacked=IN_FRONT,
    virtual_tokens=lambda settings: int(settings["virtual_tokens"]),
    learning_rate=1e-3,
    rate_from="PEFT's example for MRPC has 1e-3",
)
