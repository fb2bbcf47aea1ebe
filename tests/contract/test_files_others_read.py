"""Names that scripts outside rely on: files of a run, keys of evidence, manifest and reports."""

from __future__ import annotations

import json
from pathlib import Path

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evidence import Finding, RunFolder, measured

FINDING_KEYS = [
    "id", "section", "name", "status", "value", "unit", "n", "interval", "level", "method", "split", "slice", "seed",
    "source", "reason",
]  # fmt: skip


def test_evidence_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_findings([measured("results.test.f1", 0.5, section="results", name="F1", interval=(0.4, 0.6), n=9)])
    content = json.loads(folder.evidence.read_text())
    assert list(content) == ["schema_version", "findings"]
    assert list(content["findings"][0]) == FINDING_KEYS
    assert list(Finding.model_fields) == FINDING_KEYS


def test_the_manifest_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.card.write_text("x")
    (folder.path / "checkpoints").mkdir()
    (folder.checkpoints / "state").write_text("never listed")
    folder.write_manifest()
    content = json.loads(folder.manifest.read_text())
    assert [sorted(record) for record in content["files"]] == [["bytes", "path", "sha256"]]


def test_a_recipe_as_in_the_contract_is_read() -> None:
    recipe = check_recipe(
        {
            "base_model": "FacebookAI/roberta-large", "revision": None, "task": "token-classification", "device": "auto",
            "data": {
                "source": "tner/bionlp2004", "config": None,
                "splits": {"train": "train", "validation": "validation", "test": "test"},
                "columns": {"tokens": "tokens", "tags": "tags"}, "labels": None, "max_length": "auto",
                "sample": {"train": None, "validation": None, "test": None},
            },
            "adapter": {
                "method": "lora", "rank": 16, "alpha": 16, "dropout": 0.1, "target_modules": ["query", "value"],
                "bias": "none", "train_head": True,
            },
            "training": {
                "epochs": 10, "learning_rate": 1.0e-3, "train_batch_size": 16, "precision": "auto", "seed": 42,
                "weight_decay": 0.01, "warmup_ratio": 0.06, "schedule": "linear", "gradient_accumulation_steps": 1,
                "max_grad_norm": 1.0, "cache_frozen_prefix": False, "best_metric": "f1", "early_stopping": 3,
                "class_weights": "none", "log_to": [],
            },
            "evaluation": {
                "factors": ["length"], "protocol": "held-out", "budget": "auto", "out_of_scope": [], "controls": [],
            },
            "card": {
                "developed_by": None, "funded_by": None, "license": None, "language": None, "direct_use": None,
                "contact": None,
            },
        }
    )  # fmt: skip
    assert recipe.training.best_metric == "f1"


def test_a_notebook_shows_the_card_without_its_metadata(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert "no card yet" in folder._repr_markdown_()
    folder.card.write_text("---\ntags:\n- x\n---\n\n# Model Card for x\n")
    assert folder._repr_markdown_().strip() == "# Model Card for x"
