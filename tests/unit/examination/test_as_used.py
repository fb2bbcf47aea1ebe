"""Raw text beside annotated words: words that `predict` splits otherwise cost the score; nothing is found where none is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruled_engine import RuledSubject, ruled_subject

from tunecard.evidence import Findings, measured
from tunecard.examination.as_used import AsUsed, written
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification
from tunecard.tasks.word_tagging import WordTagging
from tunecard.verification.told_readings import reading_problems

CITIES = ("tokyo", "berlin")
TASK = TokenClassification(("O", "B-CITY", "I-CITY"))
Base = Callable[[str], Path]


def of_cities(tokens: list[str]) -> list[list[float]]:
    return [[0.0, 9.0, 0.0] if token in CITIES else [9.0, 0.0, 0.0] for token in tokens]


def subject_of(folder: Path, base: Path, words: list[list[str]], **changes: Any) -> RuledSubject:
    tags = [["B-CITY" if word.strip(";.").lower() in CITIES else "O" for word in row] for row in words]
    return ruled_subject(folder, base, TASK, {"tokens": words}, tags, of_cities, **changes)


def test_words_that_hold_a_mark_are_found_and_told(tmp_path: Path, tiny_base: Base) -> None:
    clean, marked = ["in", "Tokyo", ";", "the", "river"], ["in", "Berlin;", "the", "river"]
    subject = subject_of(tmp_path, tiny_base("bert"), [clean] * 15 + [marked] * 25)
    assert AsUsed().price(subject) == 40
    (found,) = AsUsed().run(subject, 40)
    (told,) = found.value
    # By hand: of 40 gold spans 15 are found in raw text, and 25 others told in their place end before the mark.
    assert (told["rows"], told["spans"], told["spans_split_otherwise"]) == (40, 40, 25)
    assert told["on_annotated_words"] == 1.0 and told["on_raw_text"] == pytest.approx(15 / 40)
    assert told["difference"] == pytest.approx(-25 / 40) and told["distinguishable"] is True
    low, high = told["difference_interval"]
    assert low < -25 / 40 < high < 0 and subject.passes.spent == 40 and found.n == 40


def test_nothing_is_found_where_text_splits_as_it_was_annotated(tmp_path: Path, tiny_base: Base) -> None:
    words = [["in", "Tokyo", ";", "the", "river"], ["Berlin", "is", "long", "."]] * 15
    (told,) = AsUsed().run(subject_of(tmp_path, tiny_base("bert"), words), 24)[0].value
    assert (told["rows"], told["spans_split_otherwise"], told["difference"]) == (24, 0, 0.0)
    assert told["distinguishable"] is False


def test_the_same_rows_are_asked_again(tmp_path: Path, tiny_base: Base) -> None:
    words = [["in", "Tokyo" if place % 3 else "Berlin;", "."] for place in range(40)]
    first, again = (AsUsed().run(subject_of(tmp_path, tiny_base("bert"), words), 25)[0] for _ in range(2))
    assert first.value == again.value


def test_words_with_a_tag_each_are_spans_too(tmp_path: Path, tiny_base: Base) -> None:
    task = WordTagging(("NOUN", "PUNCT", "VERB"))
    words = [["tokyo", "plays", ";"]] * 30
    rule = {"tokyo": [9.0, 0, 0], ";": [0, 9.0, 0], "plays": [0, 0, 9.0]}
    subject = ruled_subject(
        tmp_path, tiny_base("bert"), task, {"tokens": words}, [["NOUN", "VERB", "PUNCT"]] * 30,
        lambda tokens: [rule.get(token, [0.0, 0, 0]) for token in tokens],
    )  # fmt: skip
    (told,) = AsUsed().run(subject, 30)[0].value
    assert (told["spans"], told["on_annotated_words"], told["on_raw_text"]) == (90, 1.0, 1.0)


def test_where_it_does_not_apply_it_says_why(tmp_path: Path, tiny_base: Base) -> None:
    few = subject_of(tmp_path, tiny_base("bert"), [["Tokyo"]] * 30)
    assert "19 rows" in str(AsUsed().run(few, 19)[0].reason)
    texts = ruled_subject(
        tmp_path, tiny_base("bert"), TextClassification(("x", "y")), {"text": ["a"]}, ["x"], lambda tokens: [1.0, 0.0]
    )
    (found,) = AsUsed().run(texts, 5)
    assert AsUsed().price(texts) == 0 and "is read as `predict` reads it" in str(found.reason)


def test_a_text_of_the_source_is_taken_where_its_words_stand_in_it() -> None:
    assert written(["a", "b"], "a  b!") == ("a  b!", [(0, 1), (3, 4)])
    assert written(["a", "c"], "a  b!") == ("a c", [(0, 1), (2, 3)])


def test_a_forged_difference_does_not_follow_from_the_scores(tmp_path: Path, tiny_base: Base) -> None:
    words = [["in", "Tokyo" if place % 3 else "Berlin;", "."] for place in range(40)]
    (told,) = AsUsed().run(subject_of(tmp_path, tiny_base("bert"), words), 40)[0].value

    def problems(**changes: Any) -> list[str]:
        return list(reading_problems(Findings([measured("examination.as_used", [told | changes], n=40)])))

    assert not problems()
    assert "difference does not follow" in problems(on_raw_text=0.99)[0]
    assert "distinguishable does not follow" in problems(distinguishable=False)[0]


def test_a_score_of_all_rows_that_is_not_the_headline_is_forged() -> None:
    told = {"rows": 300, "on_annotated_words": 0.51, "on_raw_text": 0.5}

    def problems(rows: int, headline: float) -> list[str]:
        return list(
            reading_problems(
                Findings(
                    [
                        measured("results.headline", "results.test.f1"),
                        measured("results.test.f1", headline, name="Strict F1", section="results", split="test"),
                        measured("data.test.rows", rows, split="test"),
                        measured("examination.as_used", [told], n=300, split="test"),
                    ]
                )
            )
        )

    assert not problems(300, 0.51) and not problems(301, 0.7)
    assert problems(300, 0.7) == ["examination.as_used: on_annotated_words of all rows is not their headline score"]


def test_the_text_of_the_source_is_read_where_it_is_known(tmp_path: Path, tiny_base: Base) -> None:
    """Annotated apart, "Tokyo" and "-led" are one word to `predict`: no answer about it can be right."""
    words = [["Tokyo", "-led", "river"]] * 24
    subject = subject_of(tmp_path, tiny_base("bert"), words)
    rows = dataclasses.replace(subject.rows, written=["Tokyo-led river"] * 24)
    (joined,) = AsUsed().run(subject, 24)[0].value
    (found,) = AsUsed().run(dataclasses.replace(subject, rows=rows), 24)
    (told,) = found.value
    assert (joined["on_raw_text"], joined["spans_split_otherwise"]) == (1.0, 0)
    assert (told["on_raw_text"], told["spans_split_otherwise"]) == (0.0, 24)
    assert "the source's own text (24 of 24 rows)" in str(found.method)
