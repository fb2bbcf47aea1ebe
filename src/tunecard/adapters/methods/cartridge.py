"""Cartridge: learned keys and values in front of every layer's own (Eyuboglu et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import IN_FRONT, NOT_A_WEIGHT, virtual_tokens, whole_number

CARTRIDGE = Method(
    name="cartridge",
    title="Cartridge",
    meaning="keys and values of virtual tokens are learned for every layer, all but those of the "
    "first; here they start at random, not from a text.",
    reference=Reference(
        key="eyuboglu2025cartridges",
        authors="Eyuboglu, Sabri and Ehrlich, Ryan and Arora, Simran and Guha, Neel and Zinsley, Dylan and others",
        title="Cartridges: Lightweight and general-purpose long context representations via self-study",
        year="2025",
        arxiv="2506.06266",
    ),
    peft_type="CARTRIDGE",
    settings=(
        virtual_tokens(20),
        whole_number("frozen_tokens", "num_frozen_tokens", "Virtual tokens that do not learn", (0, 100), 1),
    ),
    prefix="prompt_embeddings",
    saves_each_once=False,
    unmerged=NOT_A_WEIGHT,
    unpacked=IN_FRONT,
    virtual_tokens=lambda settings: int(settings["virtual_tokens"]),
    learning_rate=1e-2,
    head_learning_rate=1e-3,
)
