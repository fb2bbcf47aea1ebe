"""FRoD: sparse rotations in a basis that layers of a kind share (Wan et al. 2025)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.method import Method, Reference, Setting
from tunecard.adapters.methods.shared_settings import TARGETS
from tunecard.recipe.schema import Number

SPARSE = Setting(
    "sparse_rate", "sparse_rate", "Share of the rotation that learns", Annotated[Number, Field(gt=0, le=1)],
    "a number in (0, 1]", default=0.01,
)  # fmt: skip

FROD = Method(
    name="frod",
    title="FRoD",
    meaning="layers of a kind share one frozen full-rank basis; each learns its own scale along it "
    "and a sparse rotation within it.",
    reference=Reference(
        key="wan2025frod",
        authors="Wan, Guoan and Chen, Tianyu and Feng, Fangzheng and Zhou, Haoyi and Xu, Runhua",
        title="FRoD: Full-Rank Efficient Fine-Tuning with Rotational Degrees for Fast Convergence",
        year="2025",
        arxiv="2512.23485",
    ),
    peft_type="FROD",
    settings=(
        TARGETS,
        SPARSE,
    ),
    lays_out=False,
    prefix="frod_",
    parts=("lambda_l", "lambda_s_values"),
    preset={"progressbar": False},
    derived=("frod_V", "frod_s_indices", "frod_s_size"),
    reads_weights=True,
)
