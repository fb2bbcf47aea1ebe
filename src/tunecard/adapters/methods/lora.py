"""LoRA: low-rank updates of chosen linear layers (Hu et al. 2021)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from tunecard.adapters.methods.method import Method, Product, Reference, Rule, Setting, Settings
from tunecard.adapters.methods.name_patterns import matches
from tunecard.adapters.methods.variants import by_module, only_layers, plainly, rows_of_embeddings
from tunecard.recipe.schema import Auto, Number, OneOrMore, Whole


def as_peft_saves(alpha: float) -> int | float:
    """Alpha as PEFT's own files hold it: whole where it can be, as other loaders read it."""
    return int(alpha) if float(alpha).is_integer() else alpha


def _scaling(module: str, rank: int, config: Settings) -> float:
    """PEFT's scaling; an entry of `alpha_pattern` is matched as PEFT does, against the end of the module's name.

    Raises: PatternError: an entry that is no pattern, or not in bounds.
    """
    alpha = float(config.get("lora_alpha", 8))
    for pattern, value in (config.get("alpha_pattern") or {}).items():
        if matches(rf"(.*\.)?({pattern})", module):
            alpha = float(value)
            break
    return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _why_no_product(config: Settings) -> str | None:
    if config.get("use_dora"):
        return "DoRA also rescales the columns of each weight, so the product of the factors is not its whole update"
    return None


RANK = Setting(
    "rank", "r", "Rank", Annotated[Whole, Field(ge=1, le=1024)] | Auto, "an integer in [1, 1024], or auto",
    rule=Rule("16", lambda settings, layers: 16), comment="the size of the update; more learns more and weighs more",
)  # fmt: skip
ALPHA = Setting(
    "alpha", "lora_alpha", "Alpha", Annotated[Number, Field(gt=0)] | Auto, "a number above 0, or auto",
    rule=Rule("equal to the rank", lambda settings, layers: float(settings["rank"])), to_peft=as_peft_saves,
)  # fmt: skip
DROPOUT = Setting(
    "dropout", "lora_dropout", "Dropout of the adapter", Annotated[Number, Field(ge=0, lt=1)] | Auto,
    "a number in [0, 1), or auto", rule=Rule("0.1", lambda settings, layers: 0.1), of_training=True,
)  # fmt: skip
# Of factors that hold a part of the weight, dropout would drop that part.
WHOLE_START = replace(DROPOUT, rule=Rule("0, as the factors hold a part of the weight", lambda settings, layers: 0.0))
TARGETS = Setting(
    "target_modules", "target_modules", "Modules with an update",
    Annotated[Annotated[list[str], Field(min_length=1)] | str, OneOrMore],
    "a list of module names, all-linear, or auto", names_modules=True,
    rule=Rule("every linear layer of the encoder's blocks", lambda settings, layers: "all-linear"),
)  # fmt: skip
BIAS = Setting(
    "bias", "bias", "Biases that learn", Literal["none", "all", "lora_only"], "none, all or lora_only", default="none",
)  # fmt: skip

TOKENS = Setting(
    "trainable_token_indices", "trainable_token_indices", "Tokens whose vectors learn",
    Annotated[list[Annotated[Whole, Field(ge=0)] | str] | None, OneOrMore],
    "a list of token ids or of tokens as the tokenizer writes them, or null", default=None, names_tokens=True,
    comment="rows of the word embeddings that learn too: names of a field, say, that the base never saw",
)  # fmt: skip

# The base's table of embeddings, which PEFT writes beside the rows that learned where the vocabulary has grown.
TABLE = "token_adapter.base_layer"

LORA = Method(
    name="lora",
    title="LoRA",
    meaning="low-rank adaptation: W + (alpha / rank) x B x A, where only B and A are trained.",
    reference=Reference(
        key="hu2021lora",
        authors="Hu, Edward J. and Shen, Yelong and Wallis, Phillip and Allen-Zhu, Zeyuan and Li, Yuanzhi and "
        "Wang, Shean and Wang, Lu and Chen, Weizhu",
        title="LoRA: Low-Rank Adaptation of Large Language Models",
        year="2021",
        arxiv="2106.09685",
    ),
    peft_type="LORA",
    settings=(RANK, ALPHA, DROPOUT, TARGETS, BIAS, TOKENS),
    prefix="lora_",
    parts=("A", "B"),
    derived=(TABLE,),
    switches={
        "use_rslora": plainly(
            "the update is multiplied by alpha divided by the square root of the rank, not by the rank (rsLoRA)"
        ),
        "use_dora": plainly("each column of an updated weight is scaled besides (DoRA)"),
        "rank_pattern": by_module("rank"),
        "alpha_pattern": by_module("alpha"),
        "layers_to_transform": only_layers,
        "fan_in_fan_out": plainly("weights are stored with inputs first"),
        "trainable_token_indices": rows_of_embeddings,
        "layer_replication": plainly("layers of the base are repeated"),
    },
    injects=True,
    product=Product(_scaling, _why_no_product),
    is_low_rank=True,
    freezes_base=lambda settings: bool(settings["bias"] == "none"),
)
