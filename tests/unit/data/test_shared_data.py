"""Real data sets load with the counts that their SOURCE.md states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecard.data import DataPlan, describe, load_dataset
from tunecard.errors import DataError
from tunecard.evidence import Findings

pytestmark = pytest.mark.shared


def load(shared_data: Path, name: str, **plan):
    return load_dataset(DataPlan(name, base_folder=shared_data, **plan))


def test_bionlp2004(shared_data):
    data = load(shared_data, "bionlp2004")
    found = Findings(describe(data))
    assert data.labels == (
        *("O", "B-DNA", "I-DNA", "B-protein", "I-protein", "B-cell_type", "I-cell_type"),
        *("B-cell_line", "I-cell_line", "B-RNA", "I-RNA"),
    )
    splits = ("train", "validation", "test")
    assert [found.value(f"data.{split}.rows") for split in splits] == [16_807, 1_739, 3_856]
    assert [found.value(f"data.{split}.words") for split in splits] == [445_034, 47_461, 101_039]
    assert [found.value(f"data.{split}.entities") for split in splits] == [46_750, 4_551, 8_662]
    assert found.value("data.test.labels") == {
        "DNA": 1056,
        "protein": 5067,
        "cell_type": 1921,
        "cell_line": 500,
        "RNA": 118,
    }
    assert [found.value(f"data.overlap.{pair}") for pair in ("train.test", "train.validation", "validation.test")] == [
        *(108, 6, 3)
    ]
    assert [found.value(f"data.duplicates.{split}") for split in splits] == [71, 4, 26]
    length = found.value("data.train.length")
    assert (length["mean"], length["p95"], length["max"]) == (26.48, 47, 204)


def test_banking77_gets_a_validation_split(shared_data):
    data = load(shared_data, "banking77")
    found = Findings(describe(data))
    assert len(data.labels) == 77
    assert {name: len(split) for name, split in data.splits.items()} == {
        "train": 9_003,
        "validation": 1_000,
        "test": 3_080,
    }
    assert set(found.value("data.test.labels").values()) == {40}
    assert found.value("data.validation.origin") == "made: 10 % of train, stratified by label, seed 42"
    assert found.value("data.overlap.train.validation") == 0
    together = [found.value(f"data.{split}.labels")["card_payment_fee_charged"] for split in ("train", "validation")]
    assert together == [168, 19]
    assert found.value("data.overlap.train.test") + found.value("data.overlap.validation.test") == 7


def test_cad_nli_pairs(shared_data):
    data = load(shared_data, "cad_nli", factors=["length", "revision"])
    assert data.is_pair
    assert data.labels == ("entailment", "neutral", "contradiction")
    assert [len(split) for split in data.splits.values()] == [8_330, 1_000, 2_000]
    assert Findings(describe(data)).value("data.train.labels") == {
        "entailment": 2770,
        "neutral": 2778,
        "contradiction": 2782,
    }
    assert sorted(set(data.splits["test"].factors["revision"])) == ["original", "revised_hypothesis", "revised_premise"]


def test_wnut17(shared_data):
    data = load(shared_data, "wnut17")
    found = Findings(describe(data))
    assert [len(split) for split in data.splits.values()] == [3_394, 1_009, 1_287]
    assert found.value("data.test.labels") == {
        "corporation": 66,
        "creative-work": 142,
        "group": 165,
        "location": 150,
        "person": 429,
        "product": 127,
    }


def test_a_split_by_another_name(shared_data):
    splits = {"train": "train_small", "validation": "validation", "test": "test"}
    data = load(shared_data, "clinc150", splits=splits, factors=["domain"])
    assert [len(split) for split in data.splits.values()] == [7_600, 3_100, 5_500]
    assert len(data.labels) == 151


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "emobank",
            (
                "train.parquet: no column has a usual name for the label. Set `data.columns.label`. "
                "The columns are 'id', 'text', 'V', 'A', 'D', 'category'."
            ),
        ),
    ],
)
def test_data_of_other_tasks(shared_data, name, expected):
    with pytest.raises(DataError) as caught:
        load(shared_data, name)
    assert str(caught.value) == expected


def test_questions_with_contexts(shared_data):
    data = load(shared_data, "squad_xquad_en")
    assert data.kind == "question-answering" and data.labels == ("start", "end")
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 839, "validation": 153, "test": 198}
    train = data.splits["train"]
    rows = zip(train.inputs["text_pair"], train.inputs["answer_start"], train.labels, strict=True)
    assert all(
        text.startswith(gold, start) for text, places, golds in rows for start, gold in zip(places, golds, strict=True)
    )
    assert load(shared_data, "checklist_squad", needs_train=False).kind == "question-answering"
