"""Answers without a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tunecard.errors import DataError
from tunecard.metrics.entities import strict_spans
from tunecard.tasks.baselines import frequent_tags, majority_class, repair_iob2

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
