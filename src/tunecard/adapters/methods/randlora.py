"""RandLoRA: scaled sums of many frozen random low-rank products (Albert et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, dropout_of, positive_number, rank_of

ALPHA = Rule("20 times the rank", lambda settings, layers: 20.0 * settings["rank"])

RANDLORA = Method(
    name="randlora",
    title="RandLoRA",
    meaning="the update of a weight is a sum of frozen random low-rank products, which learned "
    "vectors scale, and so of full rank.",
    reference=Reference(
        key="albert2025randlora",
        authors="Albert, Paul and Zhang, Frederic Z. and Saratchandran, Hemanth and Rodriguez-Opazo, "
        "Cristian and van den Hengel, Anton and Abbasnejad, Ehsan",
        title="RandLoRA: Full-rank parameter-efficient fine-tuning of large models",
        year="2025",
        arxiv="2502.00987",
    ),
    peft_type="RANDLORA",
    settings=(
        TARGETS,
        rank_of(32),
        positive_number("alpha", "randlora_alpha", "Alpha", ALPHA),
        dropout_of("randlora_dropout"),
    ),
    prefix="randlora_",
    parts=("lambda", "gamma"),
    derived=("randlora_A", "randlora_B"),
)
