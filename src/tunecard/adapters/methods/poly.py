"""Poly: several low-rank skills, mixed for each task (Ponti et al. 2022)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import TARGETS, rank_of, whole_number

POLY = Method(
    name="poly",
    title="Poly",
    meaning="every layer has several low-rank updates, its skills, and learns how a task mixes them; "
    "here there is one task.",
    reference=Reference(
        key="ponti2022poly",
        authors="Ponti, Edoardo M. and Sordoni, Alessandro and Bengio, Yoshua and Reddy, Siva",
        title="Combining Modular Skills in Multitask Learning",
        year="2022",
        arxiv="2202.13914",
    ),
    peft_type="POLY",
    settings=(
        TARGETS,
        rank_of(8),
        whole_number("skills", "n_skills", "Skills", (1, 64), 4),
    ),
    prefix="poly_",
    parts=("lora_A", "lora_B", "router.module_logits"),
    unmerged="PEFT draws its mixture of skills from a task id that comes with every row, and merges none",
    unpacked="PEFT's forward asks which task each row is of",
    reads_task=True,
)
