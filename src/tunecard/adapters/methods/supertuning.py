"""Super-Tuning: the largest weights of each matrix learn (Ilin et al. 2026)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.method import Method, Reference, Setting
from tunecard.adapters.methods.shared_settings import TARGETS
from tunecard.recipe.schema import Number

SPARSITY = Setting(
    "sparsity", "sparsity", "Share of entries that stay", Annotated[Number, Field(ge=0, lt=1)],
    "a number in [0, 1)", default=0.99,
)  # fmt: skip

SUPERTUNING = Method(
    name="supertuning",
    title="Super-Tuning",
    meaning="the largest entries of each weight learn, a small share of all, and the others stay as they are.",
    reference=Reference(
        key="ilin2026supertuning",
        authors="Ilin and Zmushko and Richtárik",
        title="Super-Tuning: From Activation-Aware Pruning to Sparse Fine-Tuning",
        year="2026",
        arxiv="2607.09287",
    ),
    peft_type="SUPERTUNING",
    settings=(
        TARGETS,
        SPARSITY,
    ),
    prefix="supertuning_",
    parts=("values",),
    derived=("supertuning_indices",),
    reads_weights=True,
)
