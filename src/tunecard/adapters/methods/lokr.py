"""LoKr: updates that are Kronecker products (Yeh et al. 2023)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, positive_number, rank_of

ALPHA = Rule("equal to the rank", lambda settings, layers: float(settings["rank"]))

LOKR = Method(
    name="lokr",
    title="LoKr",
    meaning="the update of a weight is the Kronecker product of a small matrix and a larger one, which is of low rank.",
    reference=Reference(
        key="yeh2023lycoris",
        authors="Yeh, Shih-Ying and Hsieh, Yu-Guan and Gao, Zhidong and Yang, Bernard B. W. and Oh, "
        "Giyeong and Gong, Yanmin",
        title="Navigating Text-To-Image Customization: From LyCORIS Fine-Tuning to Model Evaluation",
        year="2023",
        arxiv="2309.14859",
    ),
    peft_type="LOKR",
    settings=(
        TARGETS,
        rank_of(8),
        positive_number("alpha", "alpha", "Alpha", ALPHA),
    ),
    prefix="lokr_",
    parts=("w1",),
)
