"""OSF: the smaller singular directions of each weight learn (Nayak et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, at_most_narrowest, narrowest, whole_number

KEPT = Rule("all of the narrowest layer but 16", lambda settings, layers: max(1, narrowest(settings, layers) - 16))

OSF = Method(
    name="osf",
    title="OSF",
    meaning="the directions in which a weight is largest stay as they are, and those in which it is "
    "smallest learn, orthogonal to them.",
    reference=Reference(
        key="nayak2025osf",
        authors="Nayak, Nikhil Shivakumar and Killamsetty, Krishnateja and Han, Ligong and "
        "Bhandwaldar, Abhishek and others",
        title="Sculpting Subspaces: Constrained Full Fine-Tuning in LLMs for Continual Learning",
        year="2025",
        arxiv="2504.07097",
    ),
    peft_type="OSF",
    settings=(
        TARGETS,
        whole_number("kept_directions", "effective_rank", "Directions that stay", (1, 8192), KEPT),
    ),
    prefix="osf_",
    parts=("svd_params.U_low", "svd_params.S_low", "svd_params.V_low"),
    reads_weights=True,
    learning_rate=1e-4,
    head_learning_rate=1e-3,
    misfits=at_most_narrowest("kept_directions"),
)
