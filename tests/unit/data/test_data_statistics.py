"""Counts, hashes and writing systems of a data set, against hand-made and independent ones."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecard.data import describe
from tunecard.data.quality.repeated_rows import normalised
from tunecard.data.quality.writing_systems import writing_system_shares
from tunecard.evidence import Findings
from tunecard.rows.counting import histogram, summarise_lengths

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def findings(write, load):
    write("train.csv", "text,label\none two,a\nThree,b\nthree ,a\nfour five six,b\n")
    write("dev.csv", "text,label\nONE  two,a\nnew,b\n")
    write("test.csv", "text\nnew\nthree\nother\n")
    write("metadata.json", {"license": "CC0-1.0"})
    return Findings(describe(load()))


def test_rows_words_and_lengths(findings):
    assert findings.value("data.train.rows") == 4
    assert findings.value("data.train.words") == 7
    assert findings.value("data.train.length") == {"mean": 1.75, "median": 1.5, "p95": 3, "max": 3}
    assert findings["data.train.rows"].section == "training_data"
    assert findings["data.test.rows"].section == "testing_data"


def test_labels_and_unlabelled_splits(findings):
    assert findings.value("data.train.labels") == {"a": 2, "b": 2}
    assert findings["data.test.labels"].status == "not measured"
    assert findings["data.test.labels"].reason == "the rows have no labels: they are predicted and not scored"


def test_overlap_and_duplicates_by_normalised_text(findings):
    assert findings.value("data.overlap.train.validation") == 1
    assert findings.value("data.overlap.train.test") == 1
    assert findings.value("data.overlap.validation.test") == 1
    assert findings["data.overlap.train.test"].n == 3
    assert findings.value("data.duplicates.train") == 1
    assert findings.value("data.duplicates.test") == 0


def test_what_is_declared_and_what_is_not(findings):
    licence = findings["data.license"]
    assert (licence.status, licence.value, licence.method) == (
        "declared",
        "CC0-1.0",
        "declared by metadata.json beside the data",
    )
    assert findings["data.citation"].reason == "not declared: set `citation` in a metadata.json beside the data"
    assert findings["data.revision"].status == "not measured"
    assert findings.value("data.factors") == ["length"]
    assert findings.value("data.train.origin") == "given"
    assert findings.value("data.train.dropped") == {}


def test_content_hash_is_of_inputs_and_labels(findings):
    lines = ['["one two","a"]', '["Three","b"]', '["three ","a"]', '["four five six","b"]']
    expected = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
    assert findings.value("data.train.sha256") == expected


def test_no_path_of_this_machine_is_in_a_finding(findings, tmp_path):
    assert findings.value("data.source") == tmp_path.name
    assert not any(str(tmp_path.parent) in finding.model_dump_json() for finding in findings)


def test_entities_by_type_in_the_order_of_the_tags(write, load):
    for split in ("train", "dev", "test"):
        write(f"{split}.conll", "Ana B-PER\nSilva I-PER\nBo B-PER\n\nIBM B-ORG\n")
    found = Findings(describe(load(labels=["PER", "LOC", "ORG"])))
    assert found.value("data.test.labels") == {"PER": 2, "LOC": 0, "ORG": 1}
    assert found.value("data.test.entities") == 3


def test_lengths_in_tokens_are_added(write, load):
    write("train.csv", "text,label\n" + "".join(f"t {i},{'xy'[i % 2]}\n" for i in range(16)))
    data = load(splits={"train": "train"})
    lengths = {name: [5] * len(split) for name, split in data.splits.items()}
    found = Findings(describe(data, tokenized_lengths=lengths))
    assert found.value("data.train.tokens") == {"mean": 5.0, "median": 5.0, "p95": 5, "max": 5}
    assert found["data.test.tokens_histogram"].unit == "tokens"


def test_percentile_is_the_nearest_rank():
    assert summarise_lengths(range(1, 21))["p95"] == 19


@pytest.mark.parametrize("text", ["straße no. 5", " Straße  No.\u00a05", "\uff33\uff34\uff32\uff21ß\uff25 no. \uff15"])
def test_texts_that_count_as_the_same(text):
    assert normalised(text) == "straße no. 5"


lengths = st.lists(st.integers(0, 3000), min_size=1, max_size=60)


@QUICK
@given(lengths)
def test_lengths_agree_with_numpy(values):
    found = summarise_lengths(values)
    assert found["mean"] == pytest.approx(np.mean(values), abs=0.00501)
    assert found["median"] == np.median(values)
    assert found["p95"] == np.quantile(values, 0.95, method="inverted_cdf")
    assert found["max"] == max(values)


@QUICK
@given(lengths)
def test_histogram_agrees_with_numpy_and_has_no_empty_ends(values):
    found = histogram(values)
    assert sum(found["counts"]) == len(values)
    assert found["counts"] == np.histogram(values, bins=[*found["edges"][:-1], found["edges"][-1] - 0.5])[0].tolist()
    assert found["counts"][0]
    assert found["counts"][-1]


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("The naïve café, 12!", {"Latin": 1.0}),
        ("ab вг", {"Cyrillic": 0.5, "Latin": 0.5}),
        ("漢字かなカナ", {"Han": 1 / 3, "Hiragana": 1 / 3, "Katakana": 1 / 3}),
        ("ＡＢ𝐂µ", {"Latin": 0.75, "Greek": 0.25}),
        ("한국 नम", {"Devanagari": 0.5, "Hangul": 0.5}),
        ("שלום", {"Hebrew": 1.0}),
        ("123 !?", {}),
    ],
)
def test_writing_systems(text, shares):
    assert writing_system_shares([text]) == pytest.approx(shares)
