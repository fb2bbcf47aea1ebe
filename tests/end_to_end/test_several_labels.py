"""Several labels a row, and a tag a word, from rows to a card that deep verification makes again; and completed."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import answers_that_changed, token_recipe, write_splits

import tunecard
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.pipeline.completing import Completion, complete
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")
TOPICS = {"food": ("bread", "soup"), "sport": ("ball", "race"), "war": ("tank", "army")}
TAGS = {"DET": ("the", "a"), "NOUN": ("dog", "house", "river"), "VERB": ("sees", "finds")}
OF_ADAPTER = (
    "adapter_model.safetensors",
    "adapter_config.json",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
)


def topic_rows(count: int, seed: int) -> list[dict[str, Any]]:
    """Columns of 0 and 1; about a quarter of the rows has no label."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        chosen = [topic for topic in TOPICS if draw.random() < 0.35]
        words = [draw.choice(TOPICS[topic]) for topic in chosen] + ["the", "street", str(number)]
        rows.append({"text": " ".join(words)} | {topic: int(topic in chosen) for topic in TOPICS})
    return rows


def tagged_rows(count: int, seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        tags = ["DET", "NOUN", "VERB", "DET", "NOUN"][: draw.randint(3, 5)]
        rows.append({"tokens": [draw.choice(TAGS[tag]) for tag in tags], "upos": tags})
    return rows


def test_a_run_of_several_labels_is_verified_loaded_and_completed(
    tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    data = write_splits(tmp_path / "data", topic_rows, {"train": 160, "validation": 60, "test": 60})
    recipe = token_recipe(
        tiny_base("bert"), data, training={"epochs": 2, "train_batch_size": 8, "class_weights": "balanced"},
        evaluation={"controls": ["head"]},
    )  # fmt: skip
    folder = run(recipe, out=tmp_path / "out")
    findings = folder.read_findings()
    assert findings.value("task.name") == "multi-label"
    assert findings.value("data.train.labels_a_row")["0"] > 0
    saved = json.loads(folder.model_config.read_text())["thresholds"]
    assert saved == findings.value("task.thresholds")
    assert "thresholds[label]" in findings.value("start.code")
    assert answers_that_changed(folder, data / "test.jsonl", tiny_base("bert")) == 0
    report = verify(folder.path, DeepVerification(str(data), str(tiny_base("bert"))))
    assert report.ok, [check for check in report.checks if check.ok is False]
    predictor = tunecard.load(folder.path, base=str(tiny_base("bert")))
    stored = folder.read_predictions("test")
    texts = [row["text"] for row in topic_rows(60, 2)]
    assert [answer["labels"] for answer in predictor.predict(texts)] == stored.predictions
    completed = completed_of(folder, data, tiny_base("bert"), tmp_path)
    assert answers_that_changed(completed, data / "test.jsonl", tiny_base("bert")) == 0
    again = completed.read_findings()
    assert again.value("task.thresholds") == saved
    assert again.value("results.test.micro_f1") == pytest.approx(findings.value("results.test.micro_f1"))


def completed_of(folder: RunFolder, data: Path, base: Path, tmp_path: Path) -> RunFolder:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    for name in OF_ADAPTER:
        shutil.copy(folder.path / name, adapter / name)
    return complete(Completion(adapter, str(data), tmp_path / "completed", base=str(base)))


def test_a_run_of_parts_of_speech_is_verified_and_gives_every_word_its_tag(
    tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    data = write_splits(tmp_path / "data", tagged_rows, {"train": 60, "validation": 55, "test": 30})
    folder = run(token_recipe(tiny_base("roberta"), data), out=tmp_path / "out")
    assert folder.read_findings().value("task.name") == "word-tagging"
    assert answers_that_changed(folder, data / "test.jsonl", tiny_base("roberta")) == 0
    report = verify(folder.path, DeepVerification(str(data), str(tiny_base("roberta"))))
    assert report.ok, [check for check in report.checks if check.ok is False]
    (answer,) = tunecard.load(folder.path, base=str(tiny_base("roberta"))).predict(["the dog"])
    assert [word["text"] for word in answer["words"]] == ["the", "dog"]
    assert {word["label"] for word in answer["words"]} <= set(TAGS)
