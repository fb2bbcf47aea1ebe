"""Multitask prompt tuning: a prompt times a low-rank matrix of a task (Wang et al. 2023)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference
from tunecard.adapters.methods.shared_settings import IN_FRONT, NOT_A_WEIGHT, virtual_tokens, whole_number

MULTITASK_PROMPT_TUNING = Method(
    name="multitask_prompt_tuning",
    title="Multitask prompt tuning",
    meaning="learned vectors in front of every text, multiplied entry by entry with a low-rank matrix "
    "of the task; here there is one task.",
    reference=Reference(
        key="wang2023mpt",
        authors="Wang, Zhen and Panda, Rameswar and Karlinsky, Leonid and Feris, Rogerio and Sun, Huan and Kim, Yoon",
        title="Multitask Prompt Tuning Enables Parameter-Efficient Transfer Learning",
        year="2023",
        arxiv="2303.02861",
    ),
    peft_type="MULTITASK_PROMPT_TUNING",
    settings=(
        virtual_tokens(20),
        whole_number("rank", "num_ranks", "Rank of the matrix of a task", (1, 64), 1),
    ),
    prefix="prefix_task_",
    whole=("prompt_embeddings",),
    unmerged=NOT_A_WEIGHT,
    unpacked=IN_FRONT,
    virtual_tokens=lambda settings: int(settings["virtual_tokens"]),
    reads_task=True,
    learning_rate=1e-2,
    head_learning_rate=1e-3,
)
