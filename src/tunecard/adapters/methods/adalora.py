"""AdaLoRA: low-rank updates that compete for a budget of ranks (Zhang et al. 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.lora import BIAS, DROPOUT, TABLE, TARGETS, TOKENS, as_peft_saves
from tunecard.adapters.methods.method import Method, Reference, Rule, Setting, Settings
from tunecard.adapters.methods.variants import plainly, rows_of_embeddings
from tunecard.recipe.schema import Auto, Number, Whole

FIRST = Setting(
    "init_rank", "init_r", "Rank at the start", Annotated[Whole, Field(ge=2, le=1024)] | Auto,
    "an integer in [2, 1024], or auto",
    rule=Rule("12, as in PEFT", lambda settings, layers: 12), comment="of each module, before the budget is cut",
)  # fmt: skip
LAST = Setting(
    "target_rank", "target_r", "Mean rank at the end", Annotated[Whole, Field(ge=1, le=1024)] | Auto,
    "an integer in [1, 1024], or auto",
    rule=Rule("two thirds of the rank at the start", lambda settings, layers: max(1, settings["init_rank"] * 2 // 3)),
    comment="over all modules; those that matter more get more",
)  # fmt: skip
ALPHA = Setting(
    "alpha", "lora_alpha", "Alpha", Annotated[Number, Field(gt=0)] | Auto, "a number above 0, or auto",
    rule=Rule("32, as in the paper", lambda settings, layers: 32.0), to_peft=as_peft_saves,
)  # fmt: skip
WARM = Setting(
    "initial_share", "", "Share of steps before the budget is cut", Annotated[Number, Field(ge=0, lt=1)],
    "a number in [0, 1)", default=0.1,
)  # fmt: skip
CALM = Setting(
    "final_share", "", "Share of steps after it is", Annotated[Number, Field(ge=0, lt=1)],
    "a number in [0, 1)", default=0.3,
)  # fmt: skip
EVERY = Setting(
    "delta_t", "deltaT", "Steps between two cuts", Annotated[Whole, Field(ge=1, le=10_000)],
    "an integer in [1, 10000]", default=1,
)  # fmt: skip
ORTHOGONAL = Setting(
    "orthogonality", "orth_reg_weight", "Weight of orthogonality in the loss", Annotated[Number, Field(ge=0, le=100)],
    "a number in [0, 100]", default=0.5,
)  # fmt: skip


def _faults(settings: Settings) -> Sequence[str]:
    faults = []
    first, last = settings["init_rank"], settings["target_rank"]
    if last >= first:
        faults.append(
            f"adapter.target_rank must be below adapter.init_rank, or there is nothing to cut. Got {last} and {first}."
        )
    if settings["initial_share"] + settings["final_share"] >= 1:
        faults.append(
            "adapter.initial_share and adapter.final_share must leave steps between them, in which the budget is cut. "
            f"Got {settings['initial_share']:g} and {settings['final_share']:g}."
        )
    return faults


ADALORA = Method(
    name="adalora",
    title="AdaLoRA",
    meaning="low-rank adaptation in the form of a singular value decomposition, B x E x A; those singular values in E "
    "that matter least to the loss are set to zero until a budget of ranks is met.",
    reference=Reference(
        key="zhang2023adalora",
        authors="Zhang, Qingru and Chen, Minshuo and Bukharin, Alexander and Karampatziakis, Nikos and "
        "He, Pengcheng and Cheng, Yu and Chen, Weizhu and Zhao, Tuo",
        title="AdaLoRA: Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning",
        year="2023",
        arxiv="2303.10512",
    ),
    peft_type="ADALORA",
    settings=(FIRST, LAST, ALPHA, WARM, CALM, EVERY, ORTHOGONAL, DROPOUT, TARGETS, BIAS, TOKENS),
    prefix="lora_",
    parts=("A", "B", "E"),
    derived=(TABLE,),
    switches={
        "fan_in_fan_out": plainly("weights are stored with inputs first"),
        "trainable_token_indices": rows_of_embeddings,
    },
    is_low_rank=True,
    freezes_base=lambda settings: bool(settings["bias"] == "none"),
    faults=_faults,
    asked={"total_step": 1},
    rule="adalora",
    averages=False,
    # Singular values start at zero, between factors of 0.02: at LoRA's rate hardly anything moves (docs/log.md).
    rate_factor=10.0,
    rate_from="ours, tried (docs/log.md)",
)
