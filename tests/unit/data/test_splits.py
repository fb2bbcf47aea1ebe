"""Made splits are a stratified, seeded partition of train; samples keep the order and the positions of rows."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecard.data.quality.repeated_rows import row_keys
from tunecard.data.splits import make_splits, take_sample
from tunecard.errors import DataError
from tunecard.rows.dataset import Split
from tunecard.tasks import task_named

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def train_of(labels, texts=None):
    texts = texts or [f"text {i}" for i in range(len(labels))]
    return Split("train", list(range(len(labels))), {"text": texts}, list(labels), {}, "given", {})


def made(labels, texts=None, seed=42, **given):
    return make_splits({"train": train_of(labels, texts), **given}, task_named("text-classification"), seed)


def test_shares_origins_and_order():
    splits = made(["a"] * 60 + ["b"] * 40)
    assert list(splits) == ["train", "validation", "test"]
    assert {name: len(split) for name, split in splits.items()} == {"train": 75, "validation": 10, "test": 15}
    assert splits["validation"].origin == "made: 10 % of train, stratified by label, seed 42"
    assert splits["test"].origin == "made: 15 % of train, stratified by label, seed 42"
    assert splits["train"].origin == "given; 15 rows became test, 10 rows became validation"


def test_strata_are_kept_to_the_row():
    splits = made(["a"] * 60 + ["b"] * 40)
    assert Counter(splits["validation"].labels) == {"a": 6, "b": 4}
    assert Counter(splits["test"].labels) == {"a": 9, "b": 6}


def test_at_most_two_thousand_rows():
    splits = made(["a", "b"] * 12_000)
    assert len(splits["validation"]) == len(splits["test"]) == 2_000
    assert splits["validation"].origin == "made: 2,000 rows of train, stratified by label, seed 42"


def test_a_given_split_is_not_touched():
    test = Split("test", [0], {"text": ["x"]}, ["a"], {}, "given", {})
    splits = made(["a", "b"] * 20, test=test)
    assert splits["test"] is test
    assert len(splits["validation"]) == 4


def test_a_class_of_one_row_stays_in_train():
    splits = made(["a"] * 40 + ["rare"])
    assert "rare" in splits["train"].labels


def test_too_few_rows():
    with pytest.raises(DataError) as caught:
        made(["a", "b"])
    assert str(caught.value) == (
        "train has 2 rows: too few different ones to make a test split. Add rows or give a test file."
    )


def test_tokens_are_stratified_by_the_rarest_type():
    tags = [["B-common"]] * 3 + [["B-common", "B-rare"], ["O", "I-common"], ["O"]]
    split = Split("train", list(range(6)), {"tokens": [["w"] * len(t) for t in tags]}, tags, {}, "given", {})
    assert task_named("token-classification").strata(split.labels) == ["common", "common", "common", "rare", "O", "O"]


rows = st.lists(
    st.tuples(st.sampled_from(["Same  text", "same text", *(f"t{i}" for i in range(40))]), st.sampled_from("abc")),
    min_size=12,
    max_size=80,
)


@QUICK
@given(rows, st.integers(0, 3))
def test_a_partition_that_keeps_equal_texts_together(rows, seed):
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    try:
        splits = made(labels, texts, seed)
    except DataError:
        assert len({text.lower() for text in texts}) < len(texts)
        return
    positions = [row for split in splits.values() for row in split.rows]
    assert sorted(positions) == list(range(len(rows)))
    keys = {name: set(row_keys(split)) for name, split in splits.items()}
    assert not keys["train"] & keys["test"]
    assert not keys["train"] & keys["validation"]
    assert not keys["validation"] & keys["test"]
    for split in splits.values():
        assert split.rows == sorted(split.rows)
        assert split.inputs["text"] == [texts[row] for row in split.rows]
        assert split.labels == [labels[row] for row in split.rows]
    assert set(splits["train"].labels) == set(labels) or len(set(texts)) < len(texts)


@QUICK
@given(st.integers(0, 1000))
def test_the_seed_decides(seed):
    labels = ["a", "b"] * 50
    assert made(labels, seed=seed) == made(labels, seed=seed)
    assert made(labels, seed=seed)["test"].rows != made(labels, seed=seed + 1)["test"].rows


def test_the_choice_is_the_same_under_every_version_of_every_library():
    assert made(["a", "b"] * 20, seed=7)["test"].rows == [0, 9, 10, 19, 22, 27]


class TestSample:
    def test_positions_order_and_origin(self):
        split = made(["a", "b"] * 50)["train"]
        sample = take_sample(split, 20, 42)
        assert len(sample) == 20
        assert sample.rows == sorted(sample.rows)
        assert sample.inputs["text"] == [f"text {row}" for row in sample.rows]
        assert sample.origin.endswith("; sample of 20 of 75 rows, seed 42")

    def test_none_or_more_than_there_are_keeps_all(self):
        split = train_of("abab")
        assert take_sample(split, None, 1) is split
        assert take_sample(split, 9, 1) is split

    @QUICK
    @given(st.integers(1, 30), st.integers(1, 30))
    def test_a_smaller_sample_is_part_of_a_larger_one(self, a, b):
        split = train_of("ab" * 20)
        small, large = (set(take_sample(split, n, 3).rows) for n in sorted((a, b)))
        assert small <= large

    def test_factors_are_taken_along(self, write, load):
        write("train.csv", "text,label,part\n" + "".join(f"t {i},{'ab'[i % 2]},p{i}\n" for i in range(20)))
        train = load(sample={"train": 5}, factors=["part"]).splits["train"]
        assert train.factors == {"part": [f"p{row}" for row in train.rows]}


def test_a_split_that_nobody_wants_is_not_made():
    splits = make_splits({"train": train_of(["a"] * 60 + ["b"] * 40)}, task_named("text-classification"), 42, ["test"])
    assert {name: len(split) for name, split in splits.items()} == {"train": 90, "validation": 10}
