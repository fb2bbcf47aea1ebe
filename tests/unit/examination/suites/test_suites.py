"""Suites are read from files of several forms, and each kind of test fails where it must."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest
from torch import nn

from tunecard.errors import DataError
from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.suite_tests import BY_CAPABILITY, BY_PEOPLE, BY_TEST, SuiteTests
from tunecard.examination.suites import Suite, is_failed, read_suite
from tunecard.rows.dataset import Split
from tunecard.tasks import Task
from tunecard.tasks.regression import Regression
from tunecard.tasks.text_classification import TextClassification

NAMES = {"columns": {"label": {"names": ["neg", "pos"]}, "allowed_labels": {"of": {"names": ["neg", "pos"]}}}}
ROWS = [
    {"test": "words", "capability": "Vocabulary", "type": "MFT", "group": 0, "variant": 0, "text": "good", "label": 1},
    {"test": "words", "capability": "Vocabulary", "type": "MFT", "group": 1, "variant": 0, "text": "bad", "label": 0},
    {"test": "names", "capability": "Fairness", "type": "INV", "group": 0, "variant": 1, "text": "good Bo"},
    {"test": "names", "capability": "Fairness", "type": "INV", "group": 0, "variant": 0, "text": "good Ana"},
    *(
        {"test": "very", "capability": "Vocabulary", "type": "DIR", "group": 7, "variant": variant, "text": text,
         "expectation": "confidence in the predicted label must not drop"}
        for variant, text in enumerate(("good", "very good"))
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Worded(Subject):
    """Finds a text good by its first word; "Bo" makes it doubt, and "very" less sure."""

    def predict(self, rows: Split, title: str) -> Predictions:
        self.passes.count(len(rows))
        texts = [" ".join(parts) for parts in zip(*rows.inputs.values(), strict=True)]
        sure = [0.3 if "Bo" in text or "good" not in text else 0.7 if "very" in text else 0.9 for text in texts]
        said = ["pos" if one > 0.5 else "neg" for one in sure]
        return Predictions(rows.rows, rows.labels, said, [[1 - one, one] for one in sure])


def write(path: Path, rows: Sequence[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (path.parent / "metadata.json").write_text(json.dumps(NAMES), encoding="utf-8")
    return path


def subject_of(folder: Path, *suites: Suite, task: Task | None = None, roles: tuple[str, ...] = ("text",)) -> Worded:
    rows = Split("test", [0], {role: ["a"] for role in roles}, ["pos"], {}, "given", {})
    task = task or TextClassification(("neg", "pos"))
    return Worded(RunFolder(folder), nn.Identity(), task, rows, None, lambda rows: None, 0, suites=suites)  # type: ignore[arg-type,return-value]


def asked(subject: Worded, budget: int = 1000) -> dict[str, Any]:
    return {finding.id: finding for finding in SuiteTests().run(subject, budget)}


def test_rows_of_one_group_are_one_case_and_ids_are_named(tmp_path: Path) -> None:
    suite = read_suite(write(tmp_path / "mine.jsonl", ROWS))
    assert suite.name == "mine" and len(suite.cases) == 4
    assert suite.cases[0].allowed == (("pos",),)
    assert [text["text"] for text in suite.cases[2].texts] == ["good Ana", "good Bo"]  # the original first


def test_each_kind_fails_where_it_must(tmp_path: Path) -> None:
    suite = read_suite(write(tmp_path / "mine.jsonl", ROWS))
    found = asked(subject_of(tmp_path, suite))
    tests = {one["test"]: one for one in found[BY_TEST].value}
    assert {name: (one["failures"], one["cases"]) for name, one in tests.items()} == {
        "words": (0, 2), "names": (1, 1), "very": (1, 1),
    }  # fmt: skip
    vocabulary = next(one for one in found[BY_CAPABILITY].value if one["capability"] == "Vocabulary")
    assert (vocabulary["failures"], vocabulary["cases"]) == (1, 3)
    interval = binomtest(1, 3).proportion_ci(method="wilson")
    assert tuple(vocabulary["failure_interval"]) == pytest.approx(tuple(interval))
    assert found[BY_TEST].n == 4 and BY_PEOPLE not in found


def test_a_probability_may_move_by_a_tenth(tmp_path: Path) -> None:
    case = read_suite(write(tmp_path / "mine.jsonl", ROWS)).cases[3]
    assert not is_failed(case, ["pos", "pos"], [[0.1, 0.9], [0.19, 0.81]], ("neg", "pos"))
    assert is_failed(case, ["pos", "pos"], [[0.1, 0.9], [0.21, 0.79]], ("neg", "pos"))


def test_whole_tests_in_one_object_are_read(tmp_path: Path) -> None:
    whole = [
        {"name": "words", "capability": "Vocabulary", "type": "MFT", "data": ["good", "bad"], "labels": ["pos", "neg"]},
        {
            "name": "names",
            "capability": "Fairness",
            "type": "INV",
            "data": [["good Ana", "good Bo"], ["bad a", "bad b"]],
        },
        {"name": "pairs", "type": "MFT", "data": [["a", "b"]], "labels": "pos"},
    ]
    cases = read_suite(write(tmp_path / "whole.jsonl", whole)).cases
    assert [case.kind for case in cases] == ["MFT", "MFT", "INV", "INV", "MFT"]
    assert cases[1].allowed == (("neg",),) and len(cases[2].texts) == 2
    assert cases[4].texts == ({"text": "a", "text_pair": "b"},) and cases[4].capability == "pairs"


def test_hatecheck_has_functionalities_and_groups_of_people(tmp_path: Path) -> None:
    rows = [
        {"functionality": "slur_h", "case_id": str(at), "test_case": text, "label_gold": label, "target_ident": people}
        for at, (text, label, people) in enumerate(
            [("good a", "pos", "women"), ("x", "pos", "women"), ("y", "neg", None), ("z", "hateful", "women")]
        )
    ]
    suite = read_suite(write(tmp_path / "hate" / "test.jsonl", rows)).in_labels(("neg", "pos"), {})
    assert suite.name == "hate" and len(suite.cases) == 3 and sum(suite.left_out.values()) == 1
    found = asked(subject_of(tmp_path, suite))
    assert found[BY_CAPABILITY].value[0]["capability"] == "slur_h"
    people = {one["people"]: (one["failures"], one["cases"]) for one in found[BY_PEOPLE].value}
    assert people == {"women": (1, 2), "none named": (0, 1)}
    assert "1 cases of hate are left out, as they allow no label that the adapter has" in found[BY_TEST].method


def test_labels_of_another_name_are_led_to_the_adapters(tmp_path: Path) -> None:
    suite = read_suite(write(tmp_path / "mine.jsonl", ROWS)).in_labels(("con", "pro"), {"pos": "pro"})
    assert [case.allowed for case in suite.cases if case.kind == "MFT"] == [(("pro",),)]
    assert sum(suite.left_out.values()) == 1


def test_few_passes_ask_some_cases_of_each_test(tmp_path: Path) -> None:
    many = [{**ROWS[at % 2], "group": at, "test": f"words {at % 2}"} for at in range(40)]
    subject = subject_of(tmp_path, read_suite(write(tmp_path / "many.jsonl", many)))
    assert SuiteTests().price(subject) == 40
    found = asked(subject, 10)
    assert [one["cases"] for one in found[BY_TEST].value] == [5, 5] and subject.passes.spent == 10
    assert "drawn by the seed from 40 cases" in found[BY_TEST].method
    assert asked(subject, 10)[BY_TEST].value == found[BY_TEST].value
    assert asked(subject, 0)[BY_TEST].status == "not measured"


def test_what_cannot_be_asked_is_told(tmp_path: Path) -> None:
    suite = read_suite(write(tmp_path / "mine.jsonl", ROWS))
    assert "evaluation.suites" in asked(subject_of(tmp_path))[BY_TEST].reason
    assert (
        "are not of text and text_pair"
        in asked(subject_of(tmp_path, suite, roles=("text", "text_pair")))[BY_TEST].reason
    )
    numbers = subject_of(tmp_path, suite, task=Regression(("score",)))
    assert SuiteTests().price(numbers) == 0 and "have one label" in asked(numbers)[BY_TEST].reason


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"test": "t", "label": 1}, "row 1: must have a text, in CheckList's form"),
        ({"text": "a"}, "row 1: a case of MFT must have a label"),
        ({"text": "a", "type": "ABC"}, "type must be MFT, INV or DIR. Got ABC."),
        ({"text": "a", "type": "INV", "group": 1}, "must have an original and a variant of it. Got one text."),
        ({"text": "a", "type": "DIR"}, "must say what 'must not drop' or 'must not rise'. Got ''."),
        ({"data": "a"}, "data must be a list of cases."),
        ({"data": [1]}, "each of data must be a text, a pair of them or"),
    ],
)
def test_rows_that_are_no_cases_are_told(tmp_path: Path, row: dict[str, Any], fault: str) -> None:
    with pytest.raises(DataError) as told:
        read_suite(write(tmp_path / "broken.jsonl", [row]))
    assert fault in str(told.value) and "broken.jsonl" in str(told.value)
