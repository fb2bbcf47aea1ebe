"""Stock Trainers over tiny bases with LoRA, for callbacks to be given to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict
from foreign_adapters import CLASSES, TAGS, wrap
from peft import LoraConfig
from transformers import (
    AutoTokenizer,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

NAMES = {"SEQ_CLS": CLASSES, "TOKEN_CLS": TAGS}


def rows_of(folder: Path) -> DatasetDict:
    """The split files of `write_rows`, in memory."""
    files = sorted(folder.glob("*.jsonl"))
    lines = {path.stem: [json.loads(line) for line in path.read_text().splitlines()] for path in files}
    return DatasetDict({name: Dataset.from_list(several) for name, several in lines.items()})


def wrapped(base: Path, kind: str) -> Any:
    """A base with LoRA and named labels."""
    model = wrap(base, LoraConfig(task_type=kind, r=4, target_modules=["query", "value"]))
    name_labels(model, kind)
    return model


def name_labels(model: Any, kind: str) -> None:
    model.config.id2label = dict(enumerate(NAMES[kind]))
    model.config.label2id = {name: id for id, name in enumerate(NAMES[kind])}


def encoded(base: Path, kind: str, rows: Dataset) -> Dataset:
    """Rows as a Trainer takes them."""
    tokenizer = AutoTokenizer.from_pretrained(base, add_prefix_space=True)
    if kind == "SEQ_CLS":
        found = tokenizer(list(rows["text"]))
        return Dataset.from_dict({**found, "labels": [CLASSES.index(label) for label in list(rows["label"])]})
    found = tokenizer(list(rows["tokens"]), is_split_into_words=True)
    labels = [
        [-100 if word is None else TAGS.index(tags[word]) for word in found.word_ids(row)]
        for row, tags in enumerate(rows["tags"])
    ]
    return Dataset.from_dict({**found, "labels": labels})


def trainer_of(base: Path, kind: str, data: DatasetDict, output: Path, *, model: Any = None, **asked: Any) -> Trainer:
    """A Trainer that has done nothing yet."""
    callbacks = asked.pop("callbacks", [])
    settings = {
        "num_train_epochs": 2, "per_device_train_batch_size": 8, "logging_steps": 1, "seed": 5, "learning_rate": 1e-3,
        "eval_strategy": "epoch", "save_strategy": "no", "report_to": [], "use_cpu": True, "disable_tqdm": True,
    }  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(base, add_prefix_space=True)
    collate = DataCollatorWithPadding if kind == "SEQ_CLS" else DataCollatorForTokenClassification
    rows = encoded(base, kind, data["train"])
    return Trainer(
        model or wrapped(base, kind), TrainingArguments(output_dir=str(output), **{**settings, **asked}),
        data_collator=collate(tokenizer), train_dataset=rows, eval_dataset=rows, callbacks=callbacks,
    )  # fmt: skip
