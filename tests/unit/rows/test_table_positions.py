"""Positions of rows in their source: those of a file that were left out count, and files stand end to end."""

from __future__ import annotations

from tunecard.rows.table import join_tables, table_of


def column(rows):
    return {"text": ["a"] * rows}


def test_without_gaps():
    assert join_tables([table_of("a", column(2)), table_of("b", column(3))]).positions() == [0, 1, 2, 3, 4]


def test_rows_that_were_left_out_count():
    first, second = table_of("a", column(2), numbers=[2, 5]), table_of("b", column(2), numbers=[1, 3])
    assert first.positions() == [1, 4]
    assert join_tables([first, second]).positions() == [1, 4, 5, 7]


def test_several_rows_out_of_one_are_counted_one_by_one():
    assert table_of("a", column(3), numbers=[1, 1, 2]).positions() == [0, 1, 2]
