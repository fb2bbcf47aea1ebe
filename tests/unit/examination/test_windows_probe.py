"""Rows longer than the model reads: what stands behind the cut is found in windows; nothing where nothing does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ruled_engine import RuledSubject, ruled_subject

from tunecard.examination.windows import Windows
from tunecard.tasks.multiple_choice import MultipleChoice
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

Base = Callable[[str], Path]
TASK = TextClassification(("far", "near"))
FILL = "the river is long "


def says_near(tokens: list[str]) -> list[float]:
    return [0.0, 9.0] if "tokyo" in tokens else [0.1, 0.0]


def texts_subject(folder: Path, base: Path, last: str, long: int = 30) -> RuledSubject:
    """Of each 10 words that the model reads, 8 are of the text; the last word stands behind the first 16."""
    texts = [FILL * 4 + word for word in ([last, "river"] * long)[:long]] + ["tokyo"] * 10
    labels = ["near" if "tokyo" in text else "far" for text in texts]
    return ruled_subject(folder, base, TASK, {"text": texts}, labels, says_near, max_length=10)


def test_what_is_cut_off_is_found_in_windows(tmp_path: Path, tiny_base: Base) -> None:
    subject = texts_subject(tmp_path, tiny_base("bert"), "tokyo")
    # By hand: 17 tokens in windows of 8 that begin at 0, 4, 8 and 12; of rows that hold the word only the last has it.
    assert Windows().price(subject) == 30 * (1 + 4)
    (found,) = Windows().run(subject, 150)
    (told,) = found.value
    assert (told["rows"], told["windows"], told["predict_reads"]) == (30, 120, "cut_off")
    # Cut, all 30 say "far", which half of them are.
    assert told["cut_off"] == 0.5 and told["in_windows"] == 1.0
    assert told["difference"] == 0.5 and told["distinguishable"] is True
    assert subject.passes.spent == 150 and found.n == 30


def test_no_gain_is_found_where_nothing_stands_behind_the_cut(tmp_path: Path, tiny_base: Base) -> None:
    (told,) = Windows().run(texts_subject(tmp_path, tiny_base("bert"), "river"), 150)[0].value
    assert told["cut_off"] == told["in_windows"] and told["distinguishable"] is False


def test_fewer_passes_ask_about_fewer_rows_and_the_same_ones_again(tmp_path: Path, tiny_base: Base) -> None:
    subject = texts_subject(tmp_path, tiny_base("bert"), "tokyo")
    first, again = (Windows().run(subject, 74)[0] for _ in range(2))
    assert first.value == again.value and first.n == 14 and subject.passes.spent == 2 * 70


def test_words_behind_the_cut_are_tagged(tmp_path: Path, tiny_base: Base) -> None:
    task = TokenClassification(("O", "B-CITY", "I-CITY"))
    words = [[*FILL.split() * 4, "tokyo"]] * 12
    tags = [["O"] * 16 + ["B-CITY"]] * 12
    subject = ruled_subject(
        tmp_path, tiny_base("bert"), task, {"tokens": words}, tags,
        lambda tokens: [[0.0, 9.0, 0.0] if token == "tokyo" else [9.0, 0.0, 0.0] for token in tokens], max_length=10,
    )  # fmt: skip
    (told,) = Windows().run(subject, Windows().price(subject))[0].value
    assert (told["cut_off"], told["in_windows"], told["predict_reads"]) == (0.0, 1.0, "in_windows")


@pytest.mark.parametrize(("long", "reason"), [(0, "none of 10 rows is longer than 10 tokens"), (4, "10 are the least")])
def test_where_no_row_is_cut_it_says_so(tmp_path: Path, tiny_base: Base, long: int, reason: str) -> None:
    (found,) = Windows().run(texts_subject(tmp_path, tiny_base("bert"), "tokyo", long), 100)
    assert found.status == "not measured" and reason in str(found.reason)


def test_tasks_that_no_windows_are_made_of_say_why(tmp_path: Path, tiny_base: Base) -> None:
    subject = texts_subject(tmp_path, tiny_base("bert"), "tokyo")
    pairs = {"text": ["a"], "text_pair": ["b"]}
    of_pairs = ruled_subject(tmp_path, tiny_base("bert"), TASK, pairs, ["far"], says_near)
    assert Windows().price(of_pairs) == 0 and "several answers to a row" in str(Windows().run(of_pairs, 9)[0].reason)
    assert "too few for 10 rows" in str(Windows().run(subject, 45)[0].reason)
    assert MultipleChoice().reads == "choices"
