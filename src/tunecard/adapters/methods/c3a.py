"""C3A: updates that are circular convolutions (Chen et al. 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, common_divisor, divides, whole_number

BLOCK = Rule("the greatest common divisor of the widths of all layers", common_divisor)
# PEFT's example for roberta-base learns at 0.3, and its head at far less (examples/sequence_classification/C3A.ipynb).

C3A = Method(
    name="c3a",
    title="C3A",
    meaning="the update of a weight is made of circulant blocks, each of which is one learned vector.",
    reference=Reference(
        key="chen2024c3a",
        authors="Chen, Aochuan and Cheng, Jiashun and Liu, Zijing and Gao, Ziqi and Tsung, Fugee and "
        "Li, Yu and Li, Jia",
        title="Parameter-Efficient Fine-Tuning via Circular Convolution",
        year="2024",
        arxiv="2407.19342",
    ),
    peft_type="C3A",
    settings=(
        TARGETS,
        whole_number("block_size", "block_size", "Size of a block", (1, 8192), BLOCK),
    ),
    prefix="c3a_",
    parts=("kernel",),
    learning_rate=1e-1,
    head_learning_rate=1e-3,
    rate_from="PEFT's example for roberta-base has 0.3; ours is a third of it",
    misfits=divides("block_size"),
)
