"""SHiRA: a few weights of each matrix learn, drawn at random (Bhardwaj et al. 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, narrowest, whole_number

RANK = Rule(
    "16, or a quarter of the narrowest layer",
    lambda settings, layers: max(1, min(16, narrowest(settings, layers) // 4)),
)
# The same entries in every run: seeds may then be averaged.

SHIRA = Method(
    name="shira",
    title="SHiRA",
    meaning="a small share of the entries of each weight learns, drawn at random and once for all.",
    reference=Reference(
        key="bhardwaj2024shira",
        authors="Bhardwaj, Kartikeya and Pandey, Nilesh Prasad and Priyadarshi, Sweta and Ganapathy, "
        "Viswanath and others",
        title="Sparse High Rank Adapters",
        year="2024",
        arxiv="2406.13175",
    ),
    peft_type="SHIRA",
    settings=(
        TARGETS,
        whole_number("rank", "r", "Rank of an update of LoRA with as many parameters", (1, 4096), RANK),
    ),
    preset={"random_seed": 0},
    lays_out=False,
    prefix="shira_",
    parts=("weight",),
    derived=("shira_indices",),
    reads_weights=True,
)
