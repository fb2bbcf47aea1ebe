"""Each change writes a row otherwise, alike each time, and leaves alone what carries its label."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tunecard.examination.changes import CHANGES, About, Change, Draw, Row, names_by_type
from tunecard.tasks.token_classification import TokenClassification

TEXT = "I don't think it is the best phone, but in 2019 we paid 250 for a well-known 3.5 mm jack. They are happy"
WHOLE = About(("text",), is_whole=True, holds_words=False)
BY_NAME = {change.name: change for change in CHANGES}
TASK = TokenClassification(("O", "B-LOC", "I-LOC", "B-PER", "I-PER"))
WORDS = ["Ana", "went", "to", "New", "York", "in", "2019", "."]
TAGS = ["B-PER", "O", "O", "B-LOC", "I-LOC", "O", "O", "O"]


def written(name: str, text: str = TEXT, strength: float | None = None, seed: int = 0) -> str:
    change = BY_NAME[name]
    row = change.changed(Row({"text": text}), strength or change.strengths[-1], Draw(seed, name), WHOLE)
    return str(row.inputs["text"])


@pytest.mark.parametrize(
    "change", [change for change in CHANGES if not change.why_not(WHOLE)], ids=lambda one: one.name
)
def test_a_change_is_the_same_each_time_and_changes_something(change: Change) -> None:
    first, second = written(change.name), written(change.name)
    assert first == second != TEXT


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.name)
def test_words_stay_as_many_as_their_tags(change: Change) -> None:
    about = About(("tokens",), True, True, TASK, {"LOC": [("Oslo",)], "PER": [("Bo", "Li"), ("Ana",)]})
    if change.why_not(about):
        return
    row = change.changed(Row({"tokens": WORDS}, TAGS), change.strengths[-1], Draw(0, change.name), about)
    assert row.inputs["tokens"] != WORDS and len(row.inputs["tokens"]) == len(row.label)
    assert WORDS[0] == "Ana" and TAGS[0] == "B-PER"  # what was given is left as it was


def test_a_typing_error_is_one_slip_of_a_word_and_keeps_its_letters_count() -> None:
    words = [(old, new) for old, new in zip(TEXT.split(), written("typing errors").split(), strict=True) if old != new]
    assert words and all(len(old) == len(new) for old, new in words)
    assert all(sum(a != b for a, b in zip(old, new, strict=True)) in (1, 2) for old, new in words)


def test_more_words_are_hit_at_a_greater_strength() -> None:
    def hit(strength: float) -> int:
        return sum(a != b for a, b in zip(long.split(), written("typing errors", long, strength).split(), strict=True))

    long = " ".join(["keyboard"] * 100)
    assert hit(0.1) == 10 and hit(0.3) == 30


def test_look_alike_letters_are_of_another_alphabet_and_look_alike() -> None:
    new = written("look-alike letters")
    others = {letter for letter in new if letter not in TEXT}
    assert others and all(unicodedata.name(letter).startswith("CYRILLIC") for letter in others)
    assert len(new) == len(TEXT)


def test_numbers_keep_their_form_and_become_the_same_everywhere() -> None:
    new = written("other numbers", "In 2019 he paid 250 for 3.5 mm, B12 at 10:30, of 1 or 250.")
    found = re.fullmatch(r"In 20(\d\d) he paid (\d{3}) for (\d\.\d) mm, B12 at 10:30, of 1 or (\d{3})\.", new)
    assert found and found[1] != "19" and found[2] == found[4] != "250" and found[3] != "3.5"


def test_different_numbers_stay_different() -> None:
    numbers = [str(number) for number in range(2, 400)]
    assert len(set(written("other numbers", " ".join(numbers)).split())) == len(numbers)


def test_figures_are_changed_in_whole_rows_only() -> None:
    question = About(("text",), is_whole=False, holds_words=False)
    assert BY_NAME["other numbers"].why_not(question) and not BY_NAME["typing errors"].why_not(question)


def test_contractions_go_both_ways_and_not_where_no_english_has_them() -> None:
    assert written("contractions", "I don't know. They are here") == "I do not know. They're here"
    assert written("contractions", "so it is. IT IS late, and it's gone") == "so it is. IT'S late, and it's gone"
    assert written("contractions", "nothing here") == "nothing here"


def test_marks_inside_words_and_numbers_stay() -> None:
    assert (
        written("punctuation left out", 'Well, "3.5" is well-known (don\'t ask) ...')
        == "Well 3.5 is well-known don't ask"
    )


def test_marks_that_are_added_leave_every_word() -> None:
    new = written("punctuation added")
    assert new.endswith(".") and new.count(",") > TEXT.count(",")
    assert [word.strip(",.") for word in new.split()] == [word.strip(",.") for word in TEXT.split()]


def test_blanks_move_and_nothing_else() -> None:
    new = written("misplaced blanks")
    assert new != TEXT and re.sub(r"\s", "", new) == re.sub(r"\s", "", TEXT)
    assert "2019" in new.split() and "250" in new.split()


def test_courtesy_stands_around_texts_in_latin_letters_only() -> None:
    assert TEXT in written("politeness around")
    assert written("politeness around", "\u4e2d\u6587") == "\u4e2d\u6587"


def test_a_name_becomes_another_of_its_type_and_its_tags_follow() -> None:
    names = names_by_type(TASK, [["Oslo", "and", "Bo", "Li"], WORDS], [["B-LOC", "O", "B-PER", "I-PER"], TAGS])
    assert names == {"LOC": [("New", "York"), ("Oslo",)], "PER": [("Ana",), ("Bo", "Li")]}
    row = BY_NAME["other names"].changed(
        Row({"tokens": WORDS}, TAGS), 1.0, Draw(0), About(("tokens",), True, True, TASK, names)
    )
    assert row.inputs["tokens"] == ["Bo", "Li", "went", "to", "Oslo", "in", "2019", "."]
    assert row.label == ["B-PER", "I-PER", "O", "O", "B-LOC", "O", "O", "O"]
    assert [(swap.start, swap.before, swap.after) for swap in row.swaps] == [(0, 1, 2), (3, 2, 1)]
