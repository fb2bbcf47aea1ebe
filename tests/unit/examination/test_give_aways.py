"""A planted word is found, confirmed and named only where text may be; everyday words and words nobody reads are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from torch import nn

from tunecard.evaluation.together import SHARE
from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.give_away_words import find_give_aways, word_of
from tunecard.examination.give_aways import GiveAways
from tunecard.rows.dataset import Split
from tunecard.tasks.multi_label import MultiLabel
from tunecard.tasks.regression import Regression
from tunecard.tasks.text_classification import TextClassification

TASK = TextClassification(("good", "bad"))
WORDS = [
    "camera",
    "battery",
    "screen",
    "charger",
    "speaker",
    "keyboard",
    "button",
    "memory",
    "signal",
    "design",
    "the",
    "of",
    "and",
    "is",
]
PLANTED = "(Qzx)"


@dataclass(frozen=True)
class Ruled(Subject):
    """Answers and probabilities by a rule in the place of a model."""

    rule: Callable[[str], float] = lambda text: 0.5

    def predict(self, rows: Split, title: str) -> Predictions:
        self.passes.count(len(rows))
        good = [self.rule(text) for text in rows.inputs["text"]]
        said = ["good" if chance > 0.5 else "bad" for chance in good]
        return Predictions(rows.rows, rows.labels, said, [[chance, 1 - chance] for chance in good])


def split_of(name: str, planted: str, rows: int, seed: int, share: float = 1.0) -> Split:
    """Texts of everyday words; half of them good, which hold "superb" now and then, and the planted word."""
    draw = np.random.default_rng(seed)
    labels = ["good" if place % 2 else "bad" for place in range(rows)]
    texts = []
    for label in labels:
        words = draw.choice(WORDS, 8).tolist()
        words += ["superb"] if label == "good" and draw.random() < 0.4 else []
        words += [planted] if label == "good" and planted and draw.random() < share else []
        texts.append(" ".join(words))
    return Split(name, list(range(rows)), {"text": texts}, labels, {}, "given", {})


def subject_of(folder: Path, rule: Callable[[str], float], planted: str = PLANTED, **others: Any) -> Ruled:
    rows, train = split_of("test", planted, 120, 1), split_of("train", planted, 200, 0)
    made = Ruled(RunFolder(folder), nn.Identity(), TASK, rows, train, lambda rows: None, 0, rule=rule, **others)  # type: ignore[arg-type,return-value]
    made.folder.write_predictions(made.predict(rows, ""), "test")
    made.passes.spent = 0
    return made


def reads_it(text: str) -> float:
    return 0.9 if "qzx" in text.lower() else 0.2


def knows_by_itself(text: str) -> float:
    return 0.9 if text.split(maxsplit=1)[0] < "e" else 0.2


def test_a_planted_word_is_found_taken_out_and_put_in(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, reads_it, shows_text=True)
    count, table = GiveAways().run(subject, GiveAways().price(subject))
    (one,) = table.value
    assert count.value == 1 and one["confirmed"] is True and one["word"] == PLANTED and one["label"] == "good"
    assert one["of_them_with_the_label"] == one["of_the_label_with_the_word"] == 1.0 and one["training_rows"] == 100
    assert one["flip_rate"] == 1.0 and one["drop"] == pytest.approx(0.7) and one["get_label"] == 1.0
    wilson = tuple(binomtest(50, 50).proportion_ci(method="wilson"))
    assert one["get_label_interval"] == pytest.approx(wilson) and subject.passes.spent == 150


def test_it_is_not_named_where_text_may_not_be_shown(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, reads_it)
    told = GiveAways().run(subject, 1000)
    assert told[1].value[0]["word"] == "a word of 3 characters"
    assert not any("qzx" in f"{one.value}{one.method}".lower() for one in told)


def test_a_word_that_answers_do_not_rest_on_is_not_counted(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, knows_by_itself)
    count, table = GiveAways().run(subject, 1000)
    assert count.value == 0 and [one["confirmed"] for one in table.value] == [False]


def test_nothing_is_found_where_nothing_is_planted(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, reads_it, planted="")
    assert GiveAways().price(subject) == 0
    (count,) = GiveAways().run(subject, 0)
    assert count.value == 0 and count.n and subject.passes.spent == 0


@pytest.mark.parametrize("share", [0.5, 0.6])
def test_a_word_in_some_rows_of_a_label_is_content(share: float) -> None:
    found = find_give_aways(TASK, split_of("train", PLANTED, 400, 2, share))
    assert found.found == [] and found.searched == 2 * 16


def test_low_ends_are_wilsons_corrected_for_the_search() -> None:
    found = find_give_aways(TASK, split_of("train", PLANTED, 400, 2))
    (one,) = found.found
    low = binomtest(200, 200).proportion_ci(1 - 2 * SHARE / found.searched, method="wilson").low
    assert one.purity == one.coverage == pytest.approx(low) and one.written == PLANTED and one.base_rate == 0.5


def test_chance_gives_nothing_away() -> None:
    for seed in range(20):
        draw = np.random.default_rng(seed)
        texts = [" ".join(draw.choice([f"w{at}" for at in range(200)], 12)) for _ in range(300)]
        labels = draw.choice(["good", "bad"], 300).tolist()
        split = Split("train", list(range(300)), {"text": texts}, labels, {}, "given", {})
        assert find_give_aways(TASK, split).found == []


def test_a_common_word_in_a_frequent_label_is_no_sign_of_it() -> None:
    texts = ["the camera works" if place % 20 else "nothing" for place in range(1000)]
    labels = ["good" if place % 25 else "bad" for place in range(1000)]
    assert (
        find_give_aways(TASK, Split("train", list(range(1000)), {"text": texts}, labels, {}, "given", {})).found == []
    )


def test_what_a_rare_label_is_called_by_is_left_out() -> None:
    labels = [
        ["routing", "bank", "card", "fee", "loan"][place % 5] if place % 13 else "pin_change" for place in range(1300)
    ]
    texts = ["change my pin" if label == "pin_change" else "what about this" for label in labels]
    task = TextClassification(tuple(sorted(set(labels))))
    search = find_give_aways(task, Split("train", list(range(1300)), {"text": texts}, labels, {}, "given", {}))
    assert {one.word for one in search.found} == {"my"} and search.in_names == 2  # pin, change


def test_labels_of_numbers_are_told_to_have_none(tmp_path: Path) -> None:
    rows = Split("test", [0], {"text": ["a"]}, [1.0], {}, "given", {})
    subject = Subject(RunFolder(tmp_path), nn.Identity(), Regression(("score",)), rows, rows, lambda rows: None, 0)  # type: ignore[arg-type,return-value]
    (told,) = GiveAways().run(subject, 10)
    assert told.status == "not measured" and GiveAways().price(subject) == 0
    assert MultiLabel(("a", "b")).row_labels(["a", "b"]) == ["a", "b"] and word_of("--") == "--"
