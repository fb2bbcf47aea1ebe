"""Faults of rows are told once a kind, with their number, three places and what came."""

from __future__ import annotations

import copy
import pickle

from tunecard.errors import DataError
from tunecard.row_faults import RowFault, fault_as_read, places_in_words, told_once


def many(kind, rows, file="a.csv"):
    return [RowFault(kind, f"{file} row {row}", f"{row}") for row in rows]


def test_one_is_a_plain_sentence():
    assert str(DataError(many("must be text. Got {got}.", [7]))) == "a.csv row 7: must be text. Got 7."


def test_kinds_stand_where_their_first_stood_and_count_all():
    faults = [*many("is bad. Got {got}.", range(1, 1506)), "no place", *many("is worse.", [3, 9])]
    assert str(DataError(faults)) == (
        "3 problems\n"
        "  a.csv rows 1, 2, 3 and 1,502 more (1,505 in all): is bad. Got 1, 2, 3 and others.\n"
        "  no place\n"
        "  a.csv rows 3 and 9: is worse."
    )


def test_errors_of_several_files_become_one_when_they_are_raised_together():
    first, second = (DataError(many("is bad. Got {got}.", range(1, 5), file)) for file in ("a.csv", "b.csv"))
    assert str(DataError([*first.problems, *second.problems])) == (
        "a.csv rows 1, 2, 3 and 5 more (8 in all): is bad. Got 1, 2, 3 and others."
    )


def test_kinds_of_two_columns_are_two():
    faults = [RowFault(f"{column!r} is empty.", "a.csv row 1") for column in ("text", "pair")]
    assert told_once(faults) == faults


def test_what_a_reader_says_is_grouped_though_its_values_differ():
    told = told_once(
        [fault_as_read(f"must have 2 columns. Got {n}.", f"a.csv row {n}") for n in (3, 4, 5, 6)]
        + [fault_as_read("must have 2 columns. Got 'x'.", "a.csv row 9")]
    )
    assert told == [
        "a.csv rows 3, 4, 5 and 2 more (5 in all): must have 2 columns. Got 3, 4, 5 and others.",
    ]
    assert told_once([fault_as_read(f"is broken at {n}.", f"a.csv row {n}") for n in (3, 4)]) == [
        "a.csv rows 3 and 4: is broken at 3. (Said of the first of them.)"
    ]


def test_places_name_a_file_once():
    assert places_in_words(["my data.csv row 2", "my data.csv row 9"], 2) == "my data.csv rows 2 and 9"
    assert places_in_words(["a.csv row 2", "b.csv row 9"], 2) == "a.csv row 2 and b.csv row 9"
    assert places_in_words(["a.conll line 2", "a.conll line 9"], 5) == "a.conll lines 2, 9 and 3 more (5 in all)"


def test_a_fault_survives_another_process():
    [fault] = told_once(many("is bad. Got {got}.", range(1, 9)))
    for again in (pickle.loads(pickle.dumps(fault)), copy.deepcopy(fault)):
        assert (again, again.number, again.places, again.got) == (fault, 8, fault.places, fault.got)
