"""Spans in the spellings of many tools, and offsets that JavaScript counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.data.readers.annotations.marked_spans import TWICE, UTF16, are_spans, canonical


@given(st.text(alphabet="a \U0001f600\u00e9\U00010400", min_size=1, max_size=12), st.data())
def test_offsets_in_utf16_become_characters_where_the_marked_text_tells(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    units = [len(text[:place].encode("utf-16-le")) // 2 for place in (start, end)]  # as JavaScript counts
    notes = {}
    [found] = canonical(text, [{"start": units[0], "end": units[1], "label": "X", "text": text[start:end]}], notes)
    assert text[found["start"] : found["end"]] == text[start:end]
    assert notes.get(UTF16, 0) == (text[units[0] : units[1]] != text[start:end])


def test_without_the_marked_text_offsets_stay():
    notes = {}
    assert canonical("\U0001f600 Ana", [[3, 6, "PER"]], notes) == [{"start": 3, "end": 6, "label": "PER"}]
    assert notes == {}


def test_all_spans_of_a_row_are_counted_alike():
    spans = [{"start": 3, "end": 6, "label": "PER", "text": "Ana"}, {"start": 0, "end": 2, "label": "FACE"}]
    assert [(s["start"], s["end"]) for s in canonical("\U0001f600 Ana", spans, {})] == [(2, 5), (0, 1)]


def test_a_marked_text_that_neither_counting_finds_is_left_for_the_check_of_rows():
    span = {"start": 3, "end": 6, "label": "PER", "text": "Bob"}
    assert canonical("\U0001f600 Ana", [span], {}) == [span]


@pytest.mark.parametrize("written", ["Ana\\nSol", "Ana\nSol", "Ana Sol", "Ana\\r\\nSol"])
def test_line_ends_in_a_marked_text_may_be_written_in_any_way(written):
    span = {"start": 3, "end": 10, "label": "PER", "text": written}
    assert canonical("to Ana\nSol", [span], {}) == [{**span, "text": "Ana\nSol"}]


def test_twice_the_same_is_once():
    notes = {}
    assert len(canonical("Ana", [[0, 3, "PER"], [0, 3, "PER"], [0, 3, "ORG"]], notes)) == 2
    assert notes == {TWICE: 1}


@pytest.mark.parametrize(
    "value", [[[0, 3]], [["0", "3", "PER"]], ["PER"], [{"start": 0}], "PER", {"start": 0, "end": 1}, [3]]
)
def test_what_marks_nothing(value):
    assert not are_spans(value)
