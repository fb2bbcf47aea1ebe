"""Adapters as stock PEFT saves them, and as PEFT 0.7.1 did: random weights, wide enough that answers differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
CLASSES = ("news", "sport", "weather")
CLASS_OF = {"TOKEN_CLS": AutoModelForTokenClassification, "SEQ_CLS": AutoModelForSequenceClassification}
LABELS = {"TOKEN_CLS": TAGS, "SEQ_CLS": CLASSES}
BASE_ID = "anna/tiny-roberta"

# Every key that PEFT 0.7.1 writes for LoRA, with its default.
KEYS_OF_0_7_1: dict[str, Any] = {
    "alpha_pattern": {}, "auto_mapping": None, "base_model_name_or_path": BASE_ID, "bias": "none",
    "fan_in_fan_out": False, "inference_mode": True, "init_lora_weights": True, "layers_pattern": None,
    "layers_to_transform": None, "loftq_config": {}, "lora_alpha": 8, "lora_dropout": 0.1, "megatron_config": None,
    "megatron_core": "megatron.core", "modules_to_save": None, "peft_type": "LORA", "r": 4, "rank_pattern": {},
    "revision": None, "target_modules": ["value", "query"], "task_type": "TOKEN_CLS",
}  # fmt: skip

WORDS = ["Marta", "Ruiz", "joined", "Siemens", "in", "Madrid", "when", "my", "card", "arrives"]


def make_foreign(folder: Path, base: Path, config: PeftConfig, *, base_name: str | None = BASE_ID) -> Path:
    """An adapter by stock PEFT alone, with PEFT's own card.

    Args:
        base_name: what adapter_config.json calls the base; PEFT itself would write the path.
    """
    model = wrap(base, config)
    model.save_pretrained(str(folder), save_embedding_layers=False)
    change_config(folder, base_model_name_or_path=base_name)
    return folder


def wrap(base: Path, config: PeftConfig) -> PeftModel:
    """A base under a head with random weights in all that PEFT would train."""
    labels = LABELS[str(config.task_type)]
    torch.manual_seed(1)
    plain = CLASS_OF[str(config.task_type)].from_pretrained(base, num_labels=len(labels))
    model = get_peft_model(plain, config)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.4)
    return model


def as_saved_by_0_7_1(folder: Path, **changes: Any) -> Path:
    """Puts the keys of PEFT 0.7.1 in the place of today's."""
    content = json.loads((folder / "adapter_config.json").read_text())
    kept = {key: content[key] for key in KEYS_OF_0_7_1 if key in content}
    (folder / "adapter_config.json").write_text(json.dumps({**KEYS_OF_0_7_1, **kept, **changes}, indent=2))
    return folder


def change_config(folder: Path, **changes: Any) -> None:
    """Changes keys of adapter_config.json."""
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}, indent=2, sort_keys=True))


def write_rows(folder: Path, kind: str, splits: tuple[str, ...] = ("train", "test"), rows: int = 24) -> Path:
    """Split files whose labels follow from nothing, and no declaration of their order."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, split in enumerate(splits):
        lines = []
        for row in range(rows):
            words = [WORDS[(row * 3 + place * (number + 2)) % len(WORDS)] for place in range(2 + row % 5)]
            if kind == "TOKEN_CLS":
                tags = ["O" if place else ("B-PER" if row % 2 else "B-LOC") for place in range(len(words))]
                lines.append({"tokens": words, "tags": tags})
            else:
                lines.append({"text": " ".join(words), "label": CLASSES[row % len(CLASSES)]})
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def declare_order(folder: Path, kind: str) -> None:
    """metadata.json with the names in the order of the ids."""
    column = "tags" if kind == "TOKEN_CLS" else "label"
    content = {"columns": {column: {"names": list(LABELS[kind])}}}
    (folder / "metadata.json").write_text(json.dumps(content))


def stock_logits(base: Path, folder: Path, kind: str, rows: list[Any]) -> list[torch.Tensor]:
    """What stock PEFT alone says: logits of each row, (K,) or (T, K)."""
    labels = LABELS[kind]
    plain = CLASS_OF[kind].from_pretrained(base, num_labels=len(labels))
    model = PeftModel.from_pretrained(plain, str(folder)).eval()
    tokenizer = AutoTokenizer.from_pretrained(base, add_prefix_space=True)
    found = []
    for row in rows:
        inputs = tokenizer(row, is_split_into_words=kind == "TOKEN_CLS", return_tensors="pt")
        with torch.no_grad():
            found.append(model(**inputs).logits[0])
    return found
