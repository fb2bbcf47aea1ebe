"""What a column holds is told by its values, and which column could be what by that."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.data.candidates import candidates, holds_words
from tunecard.data.column_profile import ColumnProfile, profile
from tunecard.pipeline.column_words import column_words, top
from tunecard.rows.table import table_of

TEXTS = [f"this is sentence number {row} of several" for row in range(12)]
NAMES = ["con", "pro", ""] * 4
COUNTING = [str(row) for row in range(12)]
STARS = ["1", "2", "3"] * 4
SCORES = ["4.5", "1", "0.25"] * 4
WORDS = [["Ana", "left"], ["Oslo"]] * 6
TAGS = [["B-PER", "O"], ["B-LOC"]] * 6
IDS = [[1, 0], [5]] * 6
POS = [["X", "Y"], ["X"]] * 6


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        (TEXTS, "texts", "texts of 7 words, the longest of 7"),
        (NAMES, "names", "2 names: con 4, pro 4; 4 rows without"),
        (COUNTING, "whole numbers", "a different number in each row"),
        ([f"r-{row}" for row in range(12)], "names", "a different name in each row"),
        (STARS, "whole numbers", "3 numbers: 1 4, 2 4, 3 4"),
        ([1, 2, 3] * 4, "whole numbers", "3 numbers: 1 4, 2 4, 3 4"),
        (SCORES, "numbers", "3 different decimals, 0.25 to 4.5"),
        ([True, False] * 6, "names", "2 names: True 6, False 6"),
        (WORDS, "words lists", "lists of 2 words, the longest of 2"),
        (TAGS, "tag lists", "lists of tags, 3 different"),
        (IDS, "number lists", "lists of the whole numbers 0 to 5"),
        ([{"a": 1}] * 2, "names", "1 names: {'a': 1} 2"),
        ([[{"start": 1}]], "lists", "lists of 1 things"),
        ([None, "", float("nan")], "empty", "nothing"),
    ],
)
def test_what_a_column_holds(values: list[Any], kind: str, said: str) -> None:
    found = profile("c", values)
    assert (found.kind, column_words(found)) == (kind, said)


def of(**columns: list[Any]) -> tuple[list[ColumnProfile], Any]:
    return [profile(name, values) for name, values in columns.items()], table_of("t.csv", columns)


def test_candidates_are_ranked_and_what_cannot_be_is_left_out() -> None:
    titles = [f"short title here {row}" for row in range(12)]
    profiles, table = of(id=COUNTING, y=NAMES, title=titles, body=TEXTS, stars=STARS, score=SCORES)
    assert candidates("text", profiles, {}, table) == ["body", "title"]
    assert candidates("label", profiles, {"text": "body"}, table) == ["y", "stars", "score"]
    assert not holds_words(profiles)


def test_words_and_tags_are_told_by_their_lengths() -> None:
    short = [["B-PER"], ["B-LOC"]] * 6
    profiles, table = of(words=WORDS, ner=TAGS, ids=IDS, short=short, pos=POS)
    assert holds_words(profiles)
    assert candidates("tokens", profiles, {}, table) == ["words", "pos"]
    assert candidates("tags", profiles, {"tokens": "words"}, table) == ["ner", "ids"]


def test_the_most_frequent_are_shown_and_odd_names_in_quotation_marks() -> None:
    assert top({" con": 3, "a\tb": 2, "x" * 30: 1, "y": 1}, 3) == "' con' 3, 'a\\tb' 2, xxxxxxxxxxxxxxx… 1 and 1 more"
