"""A Trainer with the recorder trains as without it; its record and its model in memory make a full card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset, DatasetDict
from foreign_adapters import CLASSES, wrap, write_rows
from peft import LoraConfig
from transformers import AutoTokenizer, Trainer, TrainingArguments

import tunecard
from tunecard.errors import AdapterError, DataError
from tunecard.foreign.recorder import FILE

pytestmark = pytest.mark.usefixtures("warm_processes")
TinyBase = Callable[[str], Path]
CONFIG = LoraConfig(task_type="SEQ_CLS", r=4, target_modules=["query", "value"])


def train(base: Path, rows: Path, output: Path, callbacks: list[Any]) -> Trainer:
    model = wrap(base, CONFIG)
    model.config.id2label = dict(enumerate(CLASSES))
    model.config.label2id = {name: id for id, name in enumerate(CLASSES)}
    tokenizer = AutoTokenizer.from_pretrained(base)
    lines = [json.loads(line) for line in (rows / "train.jsonl").read_text().splitlines()]
    encoded = tokenizer([line["text"] for line in lines], padding=True)
    data = Dataset.from_dict({**encoded, "labels": [CLASSES.index(line["label"]) for line in lines]})
    arguments = TrainingArguments(
        output_dir=str(output), num_train_epochs=2, per_device_train_batch_size=8, logging_steps=1, seed=5,
        eval_strategy="epoch", report_to=[], save_strategy="no", use_cpu=True, disable_tqdm=True, learning_rate=1e-3,
        run_name="host-of-bob",
    )  # fmt: skip
    trainer = Trainer(model, arguments, train_dataset=data, eval_dataset=data, callbacks=callbacks)
    trainer.train()
    return trainer


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows", "SEQ_CLS")


def test_it_changes_nothing_and_writes_what_it_saw(tmp_path: Path, tiny_base: TinyBase, rows: Path) -> None:
    base = tiny_base("roberta")
    plain = train(base, rows, tmp_path / "plain", [])
    watched = train(base, rows, tmp_path / "watched", [tunecard.TrainingRecorder()])
    states = [dict(trainer.model.named_parameters()) for trainer in (plain, watched)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    text = (tmp_path / "watched" / FILE).read_text()
    record = json.loads(text)
    assert (record["global_step"], record["epoch"]) == (6, 2.0)
    assert record["arguments"]["learning_rate"] == 1e-3 and record["arguments"]["seed"] == 5
    assert [line["loss"] for line in record["log_history"] if "loss" in line]
    assert record["train_runtime"] > 0 and record["peak_memory_bytes"] > 10**6
    assert record["versions"]["peft"] and record["hardware"]["device"] == "cpu"
    assert str(tmp_path) not in text and "bob" not in text


def test_its_record_and_a_model_in_memory_make_a_card(tmp_path: Path, tiny_base: TinyBase, rows: Path) -> None:
    base = tiny_base("roberta")
    trainer = train(base, rows, tmp_path / "out", [tunecard.TrainingRecorder()])
    lines = {
        name: [json.loads(line) for line in (rows / f"{name}.jsonl").read_text().splitlines()]
        for name in ("train", "test")
    }
    data = DatasetDict({name: Dataset.from_list(several) for name, several in lines.items()})
    folder = tunecard.complete(trainer.model, data, base=base, out=tmp_path / "made", record=tmp_path / "out")
    findings = folder.read_findings()
    assert findings["task.labels"].value == list(CLASSES)
    assert findings["task.labels_declared_by"].value == "the adapter's config.json"
    assert findings["data.source"].value == "data in memory"
    assert findings["training.steps"].value == 6
    assert findings["training.steps"].method == "declared by training_record.json"
    assert findings["training.seed"].value == 5
    assert "peft" in findings["training.software"].value
    assert len(findings["training.curve"].value) == 2
    assert tunecard.verify(folder.path).ok


def test_what_is_no_adapter_and_no_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="must be an adapter's folder or a PeftModel. Got int"):
        tunecard.complete(3, "rows.csv")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="must be a path, a Hub id, a datasets.DatasetDict"):
        tunecard.complete(tmp_path, 3)
