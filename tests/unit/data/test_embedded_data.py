"""The embedded data set keeps its promises: size, types, splits by theme, no near-duplicates, a true card."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tunecard.data import DataPlan, describe, load_dataset
from tunecard.data.embedded import FOLDER
from tunecard.data.quality.repeated_rows import row_keys
from tunecard.evidence import Findings

TYPES = ("PERSON", "ORGANIZATION", "PLACE", "DATE", "PRODUCT")


@pytest.fixture(scope="module")
def data():
    return load_dataset(DataPlan("embedded", factors=["length", "theme"]))


def test_size_types_and_declarations(data):
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 680, "validation": 120, "test": 220}
    assert data.labels == ("O", *(f"{prefix}-{kind}" for kind in TYPES for prefix in "BI"))
    assert data.declared["license"] == "cc0-1.0"
    assert data.name == "tunecard-entities"


def test_every_type_is_well_supported_in_test(data):
    counts = Findings(describe(data)).value("data.test.labels")
    assert min(counts.values()) >= 75


def test_themes_and_sentences_do_not_cross_splits(data):
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        a, b = data.splits[one], data.splits[other]
        assert not set(a.factors["theme"]) & set(b.factors["theme"])
        assert not set(row_keys(a)) & set(row_keys(b))


def test_no_sentence_twice(data):
    keys = [key for split in data.splits.values() for key in row_keys(split)]
    assert len(set(keys)) == len(keys) == 1020


def test_sentences_share_no_long_run_of_words(data):
    def runs(split, length=6):
        for words in split.inputs["tokens"]:
            plain = [word.lower() for word in words if word[0].isalnum()]
            yield from (tuple(plain[i : i + length]) for i in range(len(plain) - length + 1))

    seen = {name: set(runs(split)) for name, split in data.splits.items()}
    for one, other in pairwise([*seen, "train"]):
        assert not seen[one] & seen[other]


def test_the_card_tells_the_true_counts(data):
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    findings = Findings(describe(data))
    for key, name in (("rows", "sentences"), ("words", "words"), ("entities", "all entities")):
        cells = [f"{findings.value(f'data.{split}.{key}'):,}" for split in data.splits]
        assert f"| {name} | {' | '.join(cells)} |" in card
    for kind in TYPES:
        cells = [str(findings.value(f"data.{split}.labels")[kind]) for split in data.splits]
        assert f"| {kind} | {' | '.join(cells)} |" in card
    for split in data.splits.values():
        for theme in set(split.factors["theme"]):
            assert theme in card.replace("\n  ", " ")
