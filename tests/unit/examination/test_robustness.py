"""Changed rows: what they do to answers is found where it was planted, and nothing where nothing was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_rel
from torch import nn

from tunecard.evaluation.together import FAMILIES
from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.changes import Swap
from tunecard.examination.flips import is_flipped
from tunecard.examination.robustness import Robustness
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.tasks.question_answering import ANSWERED, QuestionAnswering
from tunecard.tasks.regression import Regression
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

Rule = Callable[[dict[str, Any]], Any]
WORDS = ("camera", "battery", "screen", "charger", "speaker", "Keyboard", "button,", "memory", "signal", "design")


@dataclass(frozen=True)
class Ruled(Subject):
    """Answers by a rule in the place of a model."""

    rule: Rule = lambda inputs: ""

    def predict(self, rows: Split, title: str) -> Predictions:
        self.passes.count(len(rows))
        each = [dict(zip(rows.inputs, values, strict=True)) for values in zip(*rows.inputs.values(), strict=True)]
        said = [self.rule(inputs) for inputs in each]
        return Predictions(list(rows.rows), list(rows.labels), said, clusters=rows.clusters)


def encoded(rows: Split) -> EncodedSplit:
    """Rows as somebody reads them to whom everything makes a difference."""
    each = [repr(values) for values in zip(*rows.inputs.values(), strict=True)]
    return EncodedSplit([list(map(ord, text)) for text in each], None, None, [False] * len(each))


def subject_of(
    folder: Path,
    task: Task,
    inputs: dict[str, list[Any]],
    labels: Sequence[Any],
    rule: Rule,
    train: Split | None = None,
) -> Ruled:
    """A subject whose stored answers are those of the rule."""
    rows = Split("test", list(range(len(labels))), inputs, list(labels), {}, "given", {})
    made = Ruled(RunFolder(folder), nn.Identity(), task, rows, train, encoded, 0, rule=rule)
    made.folder.write_predictions(made.predict(rows, ""), "test")
    made.passes.spent = 0
    return made


def texts(count: int) -> list[str]:
    draw = np.random.default_rng(1)
    return [" ".join(draw.choice(WORDS, 8)) for _ in range(count)]


def small_or_not(inputs: dict[str, Any]) -> str:
    """Reads nothing but whether a text holds a capital."""
    return "small" if inputs["text"] == inputs["text"].lower() else "other"


def of_case(folder: Path, rows: int = 200) -> Ruled:
    several = texts(rows)
    labels = [small_or_not({"text": text}) for text in several]
    return subject_of(folder, TextClassification(("small", "other")), {"text": several}, labels, small_or_not)


def test_what_answers_hang_on_is_found_and_what_they_do_not_is_not(tmp_path: Path) -> None:
    subject = of_case(tmp_path)
    found = Robustness().run(subject, Robustness().price(subject))[0]
    records = {(one["change"], one["strength"]): one for one in found.value}
    worst, level = records["lower case", 1.0], records["look-alike letters", 0.1]
    assert found.value[0]["change"] in ("lower case", "capitals") and worst["distinguishable"]
    assert worst["flips"] == worst["rows"] and worst["score_before"] == 1 and worst["score_after"] == 0
    assert level["flips"] == 0 and level["drop"] == 0 and not level["distinguishable"]
    assert "contractions" not in {name for name, _ in records} and "no row is changed by: contractions" in found.method
    assert "not made, other names: no label says which words are a name" in found.method


def test_figures_agree_with_scipy(tmp_path: Path) -> None:
    def by_capital(inputs: dict[str, Any]) -> str:
        return "other" if sum(map(str.isupper, inputs["text"])) > 40 and "memory" in inputs["text"].lower() else "small"

    several = texts(120)
    subject = subject_of(
        tmp_path, TextClassification(("small", "other")), {"text": several}, ["small"] * 120, by_capital
    )
    found = Robustness().run(subject, Robustness().price(subject))[0]
    one = next(one for one in found.value if one["change"] == "capitals")
    flips = ["memory" in text and sum(map(str.isalpha, text)) > 40 for text in several]
    assert one["rows"] == 120 and one["flips"] == sum(flips) and one["drop"] == pytest.approx(np.mean(flips))
    assert tuple(one["flip_interval"]) == pytest.approx(
        tuple(binomtest(sum(flips), 120).proportion_ci(method="wilson"))
    )
    test = ttest_rel(np.ones(120), 1 - np.array(flips, dtype=float))
    exact = 2 * 0.5 ** sum(flips)
    assert tuple(one["drop_interval"]) == pytest.approx(tuple(test.confidence_interval(0.95)))
    corrected = [two["p"] for two in found.value if two["p"] is not None]
    assert one["p"] == pytest.approx(max(exact, 1 / 100_000) * len(corrected) * len(FAMILIES), rel=1e-6)


def test_fewer_passes_are_fewer_rows_of_the_greatest_strengths(tmp_path: Path) -> None:
    subject = of_case(tmp_path)
    found = Robustness().run(subject, 130)[0]
    assert 0 < subject.passes.spent <= 130 and all(one["rows"] <= 40 for one in found.value)
    assert ("typing errors", 0.1) not in {(one["change"], one["strength"]) for one in found.value}
    assert "weaker strengths were not asked about" in found.method
    assert Robustness().run(subject, 130)[0].value == found.value
    nothing = Robustness().run(subject, 3)[0]
    assert nothing.status == "not measured" and "evaluation.budget" in nothing.reason


def test_names_are_swapped_and_an_answer_that_follows_them_has_not_flipped(tmp_path: Path) -> None:
    task = TokenClassification(("O", "B-LOC", "I-LOC"))
    known = {"Oslo": ["Oslo"], "Rome": ["Rome"], "York": ["New", "York"]}
    rows = [["We", "saw", *name, "in", "winter"] for name in known.values()] * 12
    tags = [["O", "O", *task.tags_of("LOC", len(row) - 4), "O", "O"] for row in rows]
    train = Split("train", list(range(len(rows))), {"tokens": rows}, tags, {}, "given", {})

    def all_known(inputs: dict[str, Any]) -> list[str]:
        words = inputs["tokens"]
        return ["O", "O", *task.tags_of("LOC", len(words) - 4), "O", "O"]

    def without_rome(inputs: dict[str, Any]) -> list[str]:
        return ["O"] * len(inputs["tokens"]) if "Rome" in inputs["tokens"] else all_known(inputs)

    def swapped(rule: Rule, folder: Path) -> dict[str, Any]:
        subject = subject_of(folder, task, {"tokens": rows}, tags, rule, train)
        found = Robustness().run(subject, Robustness().price(subject))[0].value
        return next(one for one in found if one["change"] == "other names")

    good, bad = swapped(all_known, tmp_path / "good"), swapped(without_rome, tmp_path / "bad")
    assert good["rows"] == 36 and good["flips"] == 0 and good["score_after"] == 1
    assert bad["flips"] > 0 and bad["score_before"] < 1


def test_a_partly_found_name_is_a_flip() -> None:
    before, swap = ["O", "B-LOC", "I-LOC", "O"], [Swap(1, 2, 1)]
    assert not is_flipped(before, ["O", "B-LOC", "O"], swap)
    assert is_flipped(before, ["O", "O", "O"], swap) and is_flipped(before, ["B-LOC", "B-LOC", "O"], swap)
    assert is_flipped(["O", "B-LOC", "O", "O"], ["O", "B-LOC", "O"], swap)


def test_of_questions_only_the_question_changes_and_of_numbers_nothing_flips(tmp_path: Path) -> None:
    contexts = [f"Marta went to Madrid in {year}." for year in range(1950, 1980)]
    asked = {"text": ["Where did Marta go to in 1950?"] * 30, "text_pair": contexts, "answer_start": [[14]] * 30}
    seen: list[dict[str, Any]] = []

    def answer(inputs: dict[str, Any]) -> str:
        seen.append(inputs)
        return "Madrid"

    subject = subject_of(tmp_path / "a", QuestionAnswering(ANSWERED), asked, [["Madrid"]] * 30, answer)
    found = Robustness().run(subject, Robustness().price(subject))[0]
    assert {inputs["text_pair"] for inputs in seen} == set(contexts)
    assert "other numbers" not in {one["change"] for one in found.value} and "not made, other numbers" in found.method
    numbers = [float(place) for place in range(30)]
    length = subject_of(
        tmp_path / "b", Regression(("score",)), {"text": texts(30)}, numbers, lambda inputs: float(len(inputs["text"]))
    )
    record = Robustness().run(length, Robustness().price(length))[0].value[0]
    assert "flips" not in record and record["rows"] == 30 and "drop" in record


def test_rows_that_are_the_same_tokens_afterwards_cost_nothing(tmp_path: Path) -> None:
    def small(rows: Split) -> EncodedSplit:
        return encoded(replace(rows, inputs={"text": [text.lower() for text in rows.inputs["text"]]}))

    subject = replace(of_case(tmp_path, 60), encode=small)
    found = {one["change"]: one for one in Robustness().run(subject, 3000)[0].value}
    assert found["capitals"]["rows"] == 60 and found["capitals"]["flips"] == 0 and found["capitals"]["drop"] == 0
    cased = sum(one["rows"] for one in found.values() if one["change"] in ("capitals", "lower case"))
    every = sum(one["rows"] for one in Robustness().run(subject, 3000)[0].value)
    assert subject.passes.spent == 2 * (every - cased)


def test_rows_without_labels_have_flips_and_no_scores(tmp_path: Path) -> None:
    subject = replace(of_case(tmp_path, 60))
    bare = replace(subject, rows=replace(subject.rows, labels=[None] * 60))
    record = Robustness().run(bare, 3000)[0].value[0]
    assert record["flips"] and "drop" not in record


def test_chance_alone_is_seldom_called_a_drop(tmp_path: Path) -> None:
    """Answers that are right at random, drawn anew for every writing: a false alarm in at most 5 % of data sets."""
    alarms, several = 0, texts(60)
    for trial in range(40):
        draw = np.random.default_rng(trial)
        subject = subject_of(
            tmp_path / str(trial), TextClassification(("a", "b")), {"text": several}, ["a"] * 60,
            lambda inputs, draw=draw: "a" if draw.random() < 0.8 else "b",  # type: ignore[misc]
        )  # fmt: skip
        found = Robustness().run(subject, 450)[0].value
        alarms += any(one["distinguishable"] for one in found)
    assert alarms <= 5  # 2 expected; more than 5 has a chance of 0.014
