"""HRA: weights turned by a chain of Householder reflections (Yuan et al. 2024)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Layers, Method, Reference, Rule, Settings
from tunecard.adapters.methods.shared_settings import TARGETS, at_most_narrowest, narrowest, whole_number

REFLECTIONS = Rule(
    "8, or the narrowest layer where that is less",
    lambda settings, layers: min(8, narrowest(settings, layers) // 2 * 2),
)


def _misfits(settings: Settings, layers: Layers) -> list[str]:
    faults = at_most_narrowest("rank")(settings, layers)
    if settings["rank"] % 2:
        faults.append(
            f"adapter.rank must be even: reflections begin in pairs that undo each other. Got {settings['rank']}."
        )
    return faults


HRA = Method(
    name="hra",
    title="HRA",
    meaning="each weight is turned by a chain of learned reflections, which is orthogonal and of low rank at once.",
    reference=Reference(
        key="yuan2024hra",
        authors="Yuan, Shen and Liu, Haotian and Xu, Hongteng",
        title="Bridging The Gap between Low-rank and Orthogonal Adaptation via Householder Reflection Adaptation",
        year="2024",
        arxiv="2405.17484",
    ),
    peft_type="HRA",
    settings=(
        TARGETS,
        whole_number(
            "rank", "r", "Reflections", (2, 1024), REFLECTIONS, comment="an even number: pairs of them begin as nothing"
        ),
    ),
    prefix="hra_",
    parts=("u",),
    reads_weights=True,
    misfits=_misfits,
)
