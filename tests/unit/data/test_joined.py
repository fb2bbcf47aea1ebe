"""Joined data sets: each row knows which it came from, and what each was is told with its licence and rows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tunecard.data import describe
from tunecard.data.sources import open_sources
from tunecard.errors import DataError


def rows(count, labels=("a", "b"), word="x"):
    return [{"text": f"{word} {i}", "label": labels[i % len(labels)]} for i in range(count)]


@pytest.fixture
def two(write, tmp_path):
    """Two folders; the second has no validation split, and a licence of its own."""
    write("mails/train.jsonl", rows(20))
    write("mails/validation.jsonl", rows(6, word="v"))
    write("mails/test.jsonl", rows(6, word="t"))
    write("web/train.jsonl", rows(10, ("b", "c"), "w"))
    write("web/test.jsonl", rows(4, ("b", "c"), "u"))
    for name, licence in (("mails", "mit"), ("web", "cc-by-4.0")):
        (tmp_path / name / "metadata.json").write_text(json.dumps({"license": licence, "language": "en"}))
    return ["mails", "web"]


def test_each_row_knows_its_source(two, load):
    data = load(two)
    assert data.labels == ("a", "b", "c")
    assert data.splits["train"].factors["source"] == ["mails"] * 20 + ["web"] * 10
    assert data.splits["test"].factors["source"] == ["mails"] * 6 + ["web"] * 4
    assert "validation holds rows of mails alone: web has none" in data.notes


def test_what_was_joined_is_a_record(two, load):
    findings = {finding.id: finding for finding in describe(load(two))}
    assert findings["data.sources"].value == [
        {"source": "mails", "revision": None, "license": "mit", "rows": {"train": 20, "validation": 6, "test": 6}},
        {"source": "web", "revision": None, "license": "cc-by-4.0", "rows": {"train": 10, "validation": 0, "test": 4}},
    ]
    assert findings["data.source"].value == "mails + web"
    assert findings["data.license"].status == "not measured"  # they do not agree on one
    assert findings["data.language"].value == "en"  # they agree
    assert "source" in findings["data.factors"].value
    assert len(findings["data.files"].value) == 5


def test_made_splits_and_samples_keep_it(two, load):
    data = load(two, sample={"train": 12})
    assert sum(one["rows"]["train"] for one in data.origins) == 12
    assert set(data.splits["train"].factors["source"]) == {"mails", "web"}


def test_a_column_of_that_name_keeps_it(write, load):
    for name in ("mails", "web"):
        write(f"{name}/train.jsonl", [row | {"source": f"list {i % 3}"} for i, row in enumerate(rows(12, word=name))])
    factors = load(["mails", "web"], factors=["source"]).splits["train"].factors
    assert set(factors["source"]) == {"list 0", "list 1", "list 2"}
    assert set(factors["data_source"]) == {"mails", "web"}


def test_one_source_alone_is_no_factor(two, load):
    data = load("mails")
    assert "source" not in data.splits["train"].factors and data.origins == ()


def test_faults_of_both_are_told_with_their_places(write, load):
    write("mails/train.jsonl", [*rows(10), {"text": 3, "label": "a"}])
    write("web/train.jsonl", [*rows(10), {"text": "", "label": "b"}])
    with pytest.raises(DataError) as caught:
        load(["mails", "web"])
    assert "train.jsonl row 11" in str(caught.value)


def test_a_source_may_have_a_configuration_of_its_own(two, load, fault):
    """Here two of one folder, as two configurations of one data set of the Hub."""
    assert "several configurations: mails, web" in fault([".", "mails"])
    data = load([{"path": ".", "config": "mails"}, {"path": ".", "config": "web"}])
    assert [(one["config"], one["rows"]["train"]) for one in data.origins] == [("mails", 20), ("web", 10)]
    assert load([{"path": "."}, "web"], config="mails").origins[0]["config"] == "mails"  # what is said of all


def test_a_source_may_have_a_revision_of_its_own(two, load, monkeypatch):
    asked = {}

    def open_hub(identifier, plan, hint=""):
        asked[identifier] = (plan.config, plan.revision)
        return replace(open_sources(replace(plan, source="web", config=None))[0], revision=plan.revision)

    monkeypatch.setattr("tunecard.data.sources.open_hub", open_hub)
    entries = ["mails", {"path": "anna/web", "revision": "v1"}, {"path": "anna/web2", "config": "en", "revision": None}]
    data = load(entries, revision="main")
    assert asked == {"anna/web": (None, "v1"), "anna/web2": ("en", "main")}
    assert [one["revision"] for one in data.origins] == [None, "v1", "main"]
