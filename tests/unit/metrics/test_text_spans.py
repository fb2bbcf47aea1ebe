"""Spans of characters beside gold ones, counted by hand."""

import pytest

from tunecard.metrics.entity_measures import F1
from tunecard.metrics.measure import sample_of
from tunecard.metrics.text_spans import text_span_counts


def test_a_span_is_right_with_its_label_and_both_ends_and_counts_once() -> None:
    gold = [[("A", 0, 4), ("B", 6, 9)], [], [("A", 2, 3)]]
    told = [[("A", 0, 4), ("A", 0, 4), ("A", 6, 9)], [("B", 0, 1)], [("A", 2, 4)]]
    counts = text_span_counts(gold, told)
    assert counts.totals()[:3].tolist() == [1, 4, 3] and counts.totals()[3:].sum() == 0
    assert F1.value(sample_of(counts)) == pytest.approx(2 * 1 / (4 + 3))
