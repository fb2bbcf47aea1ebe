"""Adapters that are out of the ordinary and honestly told: `verify` finds no fault with them, nor does `--deep`."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from foreign_adapters import CLASSES, make_foreign, write_rows
from peft import LoraConfig

from tunecard.evidence import RunFolder
from tunecard.pipeline import Completion, complete
from tunecard.printable import printable
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import Report, verify

pytestmark = pytest.mark.usefixtures("warm_processes")
TinyBase = Callable[[str], Path]
CONTROL = ("ne\x07ws", "sp\x1b[31mort", "wea\u202ether")
PATTERN = r".*layer\.1\..*(query|dense)"
ODD_CARD = "---\nlanguage: [en, no, 7, {code: de}]\nlicense: mit\n---\n# A base\n"
LORA: dict[str, Any] = {"task_type": "SEQ_CLS", "r": 4, "lora_alpha": 8}


def completed(tmp_path: Path, base: Path, config: LoraConfig, labels: tuple[str, ...] = CLASSES) -> Completion:
    """An adapter made by stock PEFT, and rows of which only a test is at hand."""
    adapter = make_foreign(tmp_path / "sorter", base, config)
    rows = write_rows(tmp_path / "rows", "SEQ_CLS", ("test",))
    text = (rows / "test.jsonl").read_text()
    for old, new in zip(CLASSES, labels, strict=True):
        text = text.replace(json.dumps(old), json.dumps(new))
    lines = [json.loads(line) for line in text.splitlines()]
    grouped = [json.dumps(line | {"document": place // 2}) for place, line in enumerate(lines)]
    (rows / "test.jsonl").write_text("\n".join(grouped) + "\n")
    return Completion(adapter, str(rows), tmp_path / "sorter-completed", base=str(base), labels=list(labels))


def faults(report: Report) -> dict[str, str]:
    """What failed, and what could not be asked although base and data are at hand."""
    told = {check.name: check.detail for check in report.checks if check.ok is False}
    unasked = {check.name: check.detail for check in report.checks if check.ok is None and check.tier == "deep"}
    return told | unasked


def asked_again(asked: Completion, folder: RunFolder) -> Report:
    return verify(folder.path, DeepVerification(asked.data, asked.base))


def without_links(card: str) -> str:
    return re.sub(r"\[([^\]]*)\](?:\[\d+\]|\(evidence\.json#L\d+\))", r"\1", card)


def test_other_ranks_another_scale_and_rows_of_the_embedding_are_told_and_pass(
    tmp_path: Path, tiny_base: TinyBase
) -> None:
    variants = {"use_rslora": True, "rank_pattern": {"value": 2}, "alpha_pattern": {"query": 3}}
    config = LoraConfig(**LORA, **variants, target_modules=["query", "value"], trainable_token_indices=[5, 6, 7])
    asked = replace(completed(tmp_path, tiny_base("roberta"), config), cluster="document")
    folder = complete(asked)
    card = without_links(folder.card.read_text())
    for said in (
        "rsLoRA",
        "rank by module, 2 where a name fits `value`",
        "alpha by module, 3 where a name fits `query`",
        "3 rows of the embeddings learned too",
    ):
        assert said in card
    assert "Rows with the same `document` belong together and are drawn as one" in card
    report = asked_again(asked, folder)
    assert faults(report) == {} and report.not_made == ()


def test_targets_as_one_pattern_labels_with_control_characters_and_odd_languages_of_the_base_pass(
    tmp_path: Path, tiny_base: TinyBase
) -> None:
    base = Path(shutil.copytree(tiny_base("roberta"), tmp_path / "base"))
    (base / "README.md").write_text(ODD_CARD)
    asked = completed(tmp_path, base, LoraConfig(**LORA, target_modules=PATTERN), CONTROL)
    folder = complete(asked)
    findings, card = folder.read_findings(), folder.card.read_text()
    assert findings["adapter.target_modules"].value == [PATTERN]
    assert findings["task.labels"].value == list(CONTROL)
    assert findings["base_model.languages"].value == ["en", "no"]
    assert printable(card) == card
    report = asked_again(asked, folder)
    assert faults(report) == {} and report.not_made == ()
