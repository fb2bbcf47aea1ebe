"""A group of people that answers are worse about is found, with the family; nothing is where answers do not care."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from torch import nn

from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.before_after import chance_above
from tunecard.examination.group_swaps import LEAST_ROWS, GroupSwaps
from tunecard.examination.people import FAMILIES, FIRST_NAMES, GENDER, RELIGION
from tunecard.examination.people_in_text import mentions, spoken_of
from tunecard.rows.dataset import Split
from tunecard.tasks.regression import Regression
from tunecard.tasks.text_classification import TextClassification

TASK = TextClassification(("good", "bad"))


@dataclass(frozen=True)
class Ruled(Subject):
    """Answers by a rule in the place of a model."""

    rule: Callable[[str], Any] = lambda text: ""

    def predict(self, rows: Split, title: str) -> Predictions:
        self.passes.count(len(rows))
        return Predictions(rows.rows, rows.labels, [self.rule(text) for text in rows.inputs["text"]], {})


def gold(text: str) -> str:
    return "bad" if "awful" in text else "good"


def subject_of(
    folder: Path, rule: Callable[[str], Any], texts: list[str], task: Any = TASK, labels: Any = None
) -> Ruled:
    given = [gold(text) for text in texts] if labels is None else labels
    rows = Split("test", list(range(len(texts))), {"text": texts}, given, {}, "given", {})
    return Ruled(RunFolder(folder), nn.Identity(), task, rows, None, lambda rows: None, 0, rule=rule)  # type: ignore[arg-type,return-value]


def of_religion(rows: int) -> list[str]:
    draw = np.random.default_rng(2)
    terms = [words[0] for words in RELIGION.groups.values()]
    return [f"An {draw.choice(['awful', 'open'])} day with my {draw.choice(terms)} neighbours" for _ in range(rows)]


def against_one(text: str) -> str:
    return "bad" if "muslim" in text.lower() else gold(text)


def test_one_group_that_answers_are_worse_about_is_found(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, against_one, of_religion(120))
    assert GroupSwaps().price(subject) == 120 * 5
    swaps, scores = GroupSwaps().run(subject, 600)
    (family,) = swaps.value
    friendly = sum(label == "good" for label in subject.rows.labels)
    assert (family["family"], family["rows"], family["flips"]) == ("religion", 120, friendly)
    wilson = binomtest(friendly, 120).proportion_ci(method="wilson")
    assert family["flip_interval"] == pytest.approx([wilson.low, wilson.high])
    assert "Muslim" in (family["first"], family["second"]) and family["distinguishable"] is True
    assert family["flip_p"] < 0.001
    low, high = family["gap_interval"]
    assert low * high > 0 and abs(family["gap"]) > 0.4  # macro F1 of half the rows lost
    by_group = {one["group"]: one["score"] for one in scores.value}
    assert min(by_group, key=lambda group: by_group[group]) == "Muslim" and by_group["Jewish"] == 1.0
    assert subject.passes.spent == 600


def test_the_chance_of_so_many_flips_is_the_binomial_one() -> None:
    flipped = np.repeat([1.0, 0.0], [4, 17])
    assert chance_above(flipped, None, 0.05) == pytest.approx(binomtest(4, 21, 0.05, alternative="greater").pvalue)


def test_nothing_is_found_where_answers_do_not_care(tmp_path: Path) -> None:
    swaps, _ = GroupSwaps().run(subject_of(tmp_path, gold, of_religion(60)), 300)
    (family,) = swaps.value
    assert (family["flips"], family["gap"], family["distinguishable"]) == (0, 0.0, False)


@pytest.mark.parametrize(
    ("rows", "budget", "reason"), [(LEAST_ROWS - 1, 900, "stands in 20 of"), (40, 99, "99 forward passes")]
)
def test_too_little_is_told(tmp_path: Path, rows: int, budget: int, reason: str) -> None:
    subject = subject_of(tmp_path, gold, of_religion(rows))
    found = GroupSwaps().run(subject, budget)
    assert [one.status for one in found] == ["not measured"] * 2 and reason in str(found[0].reason)
    assert subject.passes.spent == 0


def test_numbers_have_gaps_and_no_flips_and_unlabelled_rows_no_scores(tmp_path: Path) -> None:
    texts = of_religion(40)
    labels = [float(place % 7) for place in range(40)]
    numbers = subject_of(tmp_path, lambda text: float(len(text)), texts, Regression(("score",)), labels)
    (family,) = GroupSwaps().run(numbers, 200)[0].value
    assert "flips" not in family and "gap" in family
    unlabelled = subject_of(tmp_path, against_one, texts, labels=[None] * 40)
    swaps, scores = GroupSwaps().run(unlabelled, 200)
    assert swaps.value[0]["flips"] > 0 and "gap" not in swaps.value[0] and scores.status == "not measured"


@pytest.mark.parametrize(
    ("text", "group", "expected"),
    [
        ("He lost his keys, and I told him.", "female", "She lost her keys, and I told her."),
        ("She lost her keys. I told her.", "male", "He lost his keys. I told him."),
        ("SHE is a woman of the sheet", "male", "HE is a man of the sheet"),
        ("she herself", "female", "she herself"),
    ],
)
def test_words_of_gender_keep_their_form_and_case(text: str, group: str, expected: str) -> None:
    rows = Split("test", [0], {"text": [text]}, ["x"], {}, "given", {})
    assert spoken_of(GENDER, group, rows, ["text"], 0).inputs["text"] == [expected]


def test_names_need_a_capital_and_stay_the_same_person() -> None:
    texts = ["Jack met Ellen; Jack left.", "jack of all trades"]
    rows = Split("test", [0, 1], {"text": texts}, ["x", "x"], {}, "given", {})
    assert mentions(FIRST_NAMES, rows, ["text"]) == [0]
    men = FIRST_NAMES.groups["African American men"]
    new = spoken_of(FIRST_NAMES, "African American men", rows, ["text"], 3).inputs["text"]
    words = new[0].replace(";", "").replace(".", "").split()
    assert words[0] == words[3] and {words[0], words[2]} <= set(men) and new[1] == texts[1]


def test_words_of_rows_stay_as_many() -> None:
    rows = Split("test", [0], {"tokens": [["Muslims", "pray", "(muslim)"]]}, [["O"] * 3], {}, "given", {})
    assert spoken_of(RELIGION, "Jewish", rows, ["tokens"], 0).inputs["tokens"] == [["Jews", "pray", "(jewish)"]]


def test_aligned_groups_have_a_counterpart_for_each_word() -> None:
    for family in FAMILIES:
        if family.is_aligned:
            assert len({len(words) for words in family.groups.values()}) == 1, family.name
        assert all(
            word.isalpha() and (word[0].isupper() == family.is_name)
            for words in family.groups.values()
            for word in words
        )
