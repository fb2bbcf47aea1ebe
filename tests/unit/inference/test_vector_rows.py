"""Rows of an adapter for vectors: texts or pairs, whatever it was trained on."""

from __future__ import annotations

import pytest

from tunecard.inference.raw_text.kinds import kind_of_rows
from tunecard.tasks.sentence_embedding import SentenceEmbedding

KIND = kind_of_rows(SentenceEmbedding())


@pytest.mark.parametrize("is_pair", [True, False, None])
def test_a_text_and_a_pair_can_be_read_whatever_was_trained_on(is_pair):
    assert KIND.fault_of("a text", is_pair) is None and KIND.fault_of(("one", "two"), is_pair) is None
    assert KIND.fault_of(("one", " "), is_pair) == "the second text is empty."
    assert KIND.fault_of(("a", "b", "c"), is_pair) == "must be one text or a pair. Got 3 items."


def test_columns_of_either_kind_are_found_and_both_at_once_are_doubtful():
    assert KIND.usual_columns(["text", "id"], True) == [{"text": "text"}]
    assert KIND.usual_columns(["sentence1", "sentence2"], True) == [{"text": "sentence1", "text_pair": "sentence2"}]
    assert KIND.fault_together(["a", ("b", "c")]) == "all rows must be single texts, or all must be pairs. Got both."


def test_a_line_is_a_text_of_its_own_also_where_pairs_were_learned_from():
    assert SentenceEmbedding().words.reads_lines(is_pair=True)
