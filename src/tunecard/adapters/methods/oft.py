"""OFT: weights rotated in blocks (Qiu et al. 2023)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, common_divisor, divides, largest_divisor, whole_number

BLOCK = Rule(
    "the largest divisor of the inputs of all layers, up to 32",
    lambda settings, layers: largest_divisor(common_divisor(settings, layers, (0,)), 32),
)

OFT = Method(
    name="oft",
    title="OFT",
    meaning="what a weight reads is turned by an orthogonal matrix of learned blocks, so that angles "
    "between neurons stay.",
    reference=Reference(
        key="qiu2023oft",
        authors="Qiu, Zeju and Liu, Weiyang and Feng, Haiwen and Xue, Yuxuan and Feng, Yao and Liu, "
        "Zhen and Zhang, Dan and others",
        title="Controlling Text-to-Image Diffusion by Orthogonal Finetuning",
        year="2023",
        arxiv="2306.07280",
    ),
    peft_type="OFT",
    settings=(
        TARGETS,
        whole_number("block_size", "oft_block_size", "Size of a rotated block", (2, 512), BLOCK),
    ),
    prefix="oft_",
    parts=("R",),
    misfits=divides("block_size", sides=(0,)),
)
