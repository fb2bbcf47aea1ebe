"""Adapters on tiny bases with random weights wide enough that predictions differ between rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tiny_models import lora_plan
from tunecard.adapters import add_adapter, save_adapter
from tunecard.encoders import identify_base, load_encoder, locate_base
from tunecard.evidence import Finding, RunFolder, measured
from tunecard.tasks import TASKS

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
CLASSES = ("news", "sport", "weather")
TARGETS = ["query", "value"]
TEXTS = [
    "Marta Ruiz joined Siemens in Madrid, in March 2019.",
    "The interleukin-2 gene (IL-2) requires NF-kappa B!",
    "Why was I charged a fee?",
    "Tokyo, Berlin and New York are large cities;  the river\tDanube is long.",
    "Zürich café naïve 東京 İstanbul",
    "a",
]
LIMIT = 32


def make_adapter(
    folder: Path, base: Path, task_name: str, *, seed: int = 1, evidence: dict[str, Any] | None = None
) -> RunFolder:
    """A random adapter on `base`, saved as a run saves it; `evidence` replaces findings (None leaves one out)."""
    labels = TAGS if task_name == "token-classification" else CLASSES
    task = TASKS[task_name](labels)
    files = locate_base(str(base))
    encoder = load_encoder(files, task.auto_class, labels, task.problem_type, seed=seed)
    plan = lora_plan(encoder.new_modules, task.peft_task_type, target_modules=TARGETS)
    model: Any = add_adapter(encoder.model, plan, seed)
    torch.manual_seed(seed)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.6)
    run = RunFolder(folder)
    save_adapter(model, encoder.tokenizer, run, base_id=files.id, revision=None)
    run.write_findings(_findings(base, labels, task_name, evidence or {}))
    return run


def _findings(base: Path, labels: tuple[str, ...], task_name: str, replaced: dict[str, Any]) -> list[Finding]:
    identity = identify_base(locate_base(str(base)))
    values: dict[str, Any] = {
        "base_model.id": identity.id,
        "base_model.is_local": True,
        "base_model.weights_sha256": identity.weights_sha256,
        "task.name": task_name,
        "task.labels": list(labels),
        "model.max_length": LIMIT,
        **replaced,
    }
    return [measured(id, value, section="model", name=id) for id, value in values.items() if value is not None]
