"""GraLoRA: a low-rank update for each block of a weight (Jung et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Layers, Method, Reference, Rule, Settings
from tunecard.adapters.methods.shared_settings import (
    TARGETS,
    divides,
    dropout_of,
    positive_number,
    rank_of,
    whole_number,
)

ALPHA = Rule("twice the rank", lambda settings, layers: 2.0 * settings["rank"])


def _misfits(settings: Settings, layers: Layers) -> list[str]:
    faults = divides("blocks")(settings, layers)
    if settings["rank"] % settings["blocks"]:
        faults.append(f"adapter.blocks must divide adapter.rank, {settings['rank']}. Got {settings['blocks']}.")
    return faults


GRALORA = Method(
    name="gralora",
    title="GraLoRA",
    meaning="each weight is cut into blocks, and every block has a low-rank update of its own.",
    reference=Reference(
        key="jung2025gralora",
        authors="Jung, Yeonjoon and Ahn, Daehyun and Kim, Hyungjun and Kim, Taesu and Park, Eunhyeok",
        title="GraLoRA: Granular Low-Rank Adaptation for Parameter-Efficient Fine-Tuning",
        year="2025",
        arxiv="2505.20355",
    ),
    peft_type="GRALORA",
    settings=(
        TARGETS,
        rank_of(32),
        whole_number("blocks", "gralora_k", "Blocks along a side", (1, 64), 2),
        positive_number("alpha", "alpha", "Alpha", ALPHA),
        dropout_of("gralora_dropout"),
    ),
    prefix="gralora_",
    parts=("A", "B"),
    misfits=_misfits,
)
