"""Labels that are numbers, missing or alike, scored in `complete` as they are read: counted independently."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from foreign_adapters import WORDS, make_foreign, stock_logits
from peft import LoraConfig

from tunecard.errors import DataError
from tunecard.pipeline import Completion, complete

pytestmark = pytest.mark.usefixtures("warm_processes")
TinyBase = Callable[[str], Path]
TEXTS = [" ".join(WORDS[(row * 3 + place) % len(WORDS)] for place in range(2 + row % 5)) for row in range(90)]


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory, tiny_base: TinyBase) -> Path:
    folder = tmp_path_factory.mktemp("made") / "sorter"
    return make_foreign(folder, tiny_base("roberta"), LoraConfig(task_type="SEQ_CLS", r=4, target_modules=["query"]))


def put(path: Path, labels: list[Any]) -> Path:
    rows = zip(TEXTS, labels, strict=True)
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows))
    return path


def said(base: Path, adapter: Path, names: list[str]) -> list[str]:
    """What stock PEFT and transformers answer."""
    return [names[int(row.argmax())] for row in stock_logits(base, adapter, "SEQ_CLS", TEXTS)]


@pytest.mark.parametrize(
    ("names", "stored", "meant"),
    [
        (["-1", "0", "1"], [row % 3 - 1 for row in range(90)], [str(row % 3 - 1) for row in range(90)]),
        (["1", "2", "3"], [1 + row % 3 for row in range(90)], [str(1 + row % 3) for row in range(90)]),
    ],
)
def test_no_row_is_dropped_and_no_label_shifted(
    names: list[str], stored: list[Any], meant: list[str], adapter: Path, tiny_base: TinyBase, tmp_path: Path
) -> None:
    base = tiny_base("roberta")
    asked = Completion(
        adapter, str(put(tmp_path / "test.jsonl", stored)), tmp_path / "out", base=str(base), labels=names
    )
    findings = complete(asked).read_findings()
    answers = said(base, adapter, names)
    right = sum(answer == label for answer, label in zip(answers, meant, strict=True))
    assert 0 < right < len(meant)
    assert findings["results.test.accuracy"].n == len(meant)
    assert findings["results.test.accuracy"].value == pytest.approx(right / len(meant))
    assert findings["data.test.dropped"].value == {}


def test_alike_labels_are_refused_or_merged_into_the_adapters_names(
    adapter: Path, tiny_base: TinyBase, tmp_path: Path
) -> None:
    base, names = tiny_base("roberta"), ["news", "sport", "weather"]
    forms = ["news", "Sport", " weather", "NEWS", "sport", ""]
    rows = put(tmp_path / "test.jsonl", [forms[row % 6] for row in range(90)])
    asked = Completion(adapter, str(rows), tmp_path / "out", base=str(base), labels=names)
    with pytest.raises(DataError, match="Say --labels-alike merge to make each group one"):
        complete(asked)
    merged = Completion(adapter, str(rows), tmp_path / "out", base=str(base), labels=names, labels_alike="merge")
    findings = complete(merged).read_findings()
    meant = [forms[row % 6].strip().lower() for row in range(90)]
    pairs = [(answer, label) for answer, label in zip(said(base, adapter, names), meant, strict=True) if label]
    assert findings["results.test.accuracy"].n == len(pairs) == 75
    assert findings["results.test.accuracy"].value == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    assert findings["data.test.dropped"].value == {"no label": 15}
    assert any("were merged" in note for note in findings["data.reading"].value)
