"""Answers without a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tunecard.errors import DataError
from tunecard.metrics.entities import strict_spans
from tunecard.rows.dataset import Split
from tunecard.tasks.baselines import fold_by_fold, frequent_tags, majority_class, repair_iob2

TAGS = ["O", "B-DNA", "I-DNA", "B-RNA", "I-RNA"]


def test_majority_is_the_most_frequent_label():
    assert majority_class(["a", "b", "b", None, None, None]) == "b"
    assert majority_class(["b", "a"]) == "a"  # a tie goes by name, not by the order of rows
    with pytest.raises(DataError, match="at least one labelled training row"):
        majority_class([None])


def test_each_word_gets_its_most_frequent_tag():
    tokens = [["IL-2", "gene", "binds"], ["gene", "IL-2"], ["gene", "IL-2"], ["ignored"]]
    tags = [["B-DNA", "I-DNA", "O"], ["O", "B-RNA"], ["I-DNA", "B-DNA"], None]
    baseline = frequent_tags(tokens, tags)
    assert baseline.predict([["IL-2", "gene", "il-2", "gene", "ignored"]]) == [["B-DNA", "I-DNA", "O", "B-DNA", "O"]]
    assert baseline.predict([[], ["binds"]]) == [[], ["O"]]


def test_no_tags_no_baseline():
    with pytest.raises(DataError, match="at least one labelled training row"):
        frequent_tags([["a"]], [None])


@given(st.lists(st.sampled_from(TAGS), max_size=10))
def test_repaired_tags_are_strict_and_keep_what_conlleval_sees(tags):
    repaired = repair_iob2(tags)
    seen = {(name, start, end + 1) for name, start, end in get_entities(tags)}
    assert set(strict_spans(repaired)) == seen
    assert repair_iob2(repaired) == repaired


def test_by_folds_no_row_is_answered_by_what_it_taught_itself():
    """Each row's label is its own number: whoever answers with it has seen it."""
    rows = Split("test", list(range(12)), {"text": ["x"] * 12}, list(range(12)), {}, "given", {})
    asked = []

    def predict(train, held):
        asked.append((train.rows, held.rows))
        return [(place, set(train.labels)) for place in held.rows]

    said = fold_by_fold(predict)(rows)
    assert [place for place, _ in said] == list(range(12))  # in the order of the rows
    assert all(place not in taught for place, taught in said)
    assert [held for _, held in asked] == [[0, 5, 10], [1, 6, 11], [2, 7], [3, 8], [4, 9]]
    assert all(sorted(train + held) == list(range(12)) for train, held in asked)


@pytest.mark.parametrize(("rows", "answers"), [(0, 0), (1, 0), (2, 2), (3, 3)])
def test_a_split_too_small_for_folds_is_left_alone(rows, answers):
    split = Split("test", list(range(rows)), {"text": ["x"] * rows}, ["a"] * rows, {}, "given", {})
    assert len(fold_by_fold(lambda train, held: ["a"] * len(held))(split)) == answers
