"""BOFT: weights rotated by a product of sparse orthogonal matrices (Liu et al. 2023)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, common_divisor, divides, largest_divisor, whole_number

BLOCK = Rule(
    "the largest divisor of the inputs of all layers, up to 4",
    lambda settings, layers: largest_divisor(common_divisor(settings, layers, (0,)), 4),
)

BOFT = Method(
    name="boft",
    title="BOFT",
    meaning="each weight is turned by an orthogonal matrix that is built of learned small rotations "
    "in butterfly order, and its outputs are scaled.",
    reference=Reference(
        key="liu2023boft",
        authors="Liu, Weiyang and Qiu, Zeju and Feng, Yao and Xiu, Yuliang and Xue, Yuxuan and Yu, Longhui and others",
        title="Parameter-Efficient Orthogonal Finetuning via Butterfly Factorization",
        year="2023",
        arxiv="2311.06243",
    ),
    peft_type="BOFT",
    settings=(
        TARGETS,
        whole_number("block_size", "boft_block_size", "Size of a rotated block", (2, 256), BLOCK),
    ),
    lays_out=False,
    prefix="boft_",
    parts=("R", "s"),
    reads_weights=True,
    misfits=divides("block_size", sides=(0,)),
)
