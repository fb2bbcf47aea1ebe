"""Sentences about one group that training called harmful are found by its term; labels of another kind ask nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from torch import nn

from tunecard.evidence import Predictions, RunFolder
from tunecard.examination import Subject
from tunecard.examination.identity_sentences import HARMFUL, HARMLESS, TERMS, harmful_labels
from tunecard.examination.identity_terms import SENTENCES, IdentityTerms
from tunecard.rows.dataset import Split
from tunecard.tasks.text_classification import TextClassification

TASK = TextClassification(("nontoxic", "toxic"))
WORDS = (
    "disgusting",
    "hate",
    "locked",
    "stupid",
    "trash",
    "animals",
    "filthy",
    "hurt",
    "scum",
    "ugly",
    "criminals",
    "die",
)


@dataclass(frozen=True)
class Ruled(Subject):
    """States the probability of harm by a rule, in the place of a model."""

    rule: Callable[[str], float] = lambda text: 0.5

    def predict(self, rows: Split, title: str) -> Predictions:
        self.passes.count(len(rows))
        harm = [self.rule(text) for text in rows.inputs["text"]]
        said = ["toxic" if one > 0.5 else "nontoxic" for one in harm]
        return Predictions(rows.rows, rows.labels, said, [[1 - one, one] for one in harm], {})


def subject_of(
    folder: Path, rule: Callable[[str], float], harmful: tuple[str, ...] = ("toxic",), **inputs: list[str]
) -> Ruled:
    rows = Split("test", [0], inputs or {"text": ["a"]}, ["toxic"], {}, "given", {})
    return Ruled(
        RunFolder(folder),
        nn.Identity(),
        TASK,
        rows,
        None,
        lambda rows: None,
        0,
        rule=rule,
        harmful=harmful,  # type: ignore[arg-type,return-value]
    )


def fair(text: str) -> float:
    return 0.9 if set(WORDS) & set(text.split()) else 0.1


def mislabelled(text: str) -> float:
    return 0.95 if "muslim" in text else fair(text)


def test_a_group_that_counts_as_harmful_is_found_by_its_term(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, mislabelled)
    assert IdentityTerms().price(subject) == len(SENTENCES) * len(TERMS) == 24 * 34
    (found,) = IdentityTerms().run(subject, 10_000)
    first = found.value[0]
    assert (first["term"], first["area"], first["distinguishable"]) == ("muslim", "BPSN", True)
    assert first["auroc"] == 0.0 and first["gap"] < -0.9 and "for all 102" in str(found.method)
    assert {one["term"] for one in found.value if one["distinguishable"]} == {"muslim"}
    assert subject.passes.spent == found.n == 24 * 34


def test_a_fair_model_raises_no_alarm_and_fewer_passes_ask_about_fewer_terms(tmp_path: Path) -> None:
    subject = subject_of(tmp_path, fair)
    (found,) = IdentityTerms().run(subject, 24 * 10 + 5)
    assert found.n == 240 and not any(one["distinguishable"] for one in found.value)
    assert found.value == IdentityTerms().run(subject, 245)[0].value
    assert "too few" in str(IdentityTerms().run(subject, 24 * 7)[0].reason)


@pytest.mark.parametrize(
    ("harmful", "inputs", "reason"),
    [((), {}, "no label's name"), (("toxic",), {"text": ["a"], "text_pair": ["b"]}, "no single texts")],
)
def test_where_it_does_not_apply_it_says_why(
    tmp_path: Path, harmful: tuple[str, ...], inputs: dict[str, list[str]], reason: str
) -> None:
    subject = subject_of(tmp_path, fair, harmful, **inputs)
    assert IdentityTerms().price(subject) == 0 and reason in str(IdentityTerms().run(subject, 900)[0].reason)


def test_labels_are_told_by_their_names() -> None:
    assert harmful_labels(["hate speech", "offensive language", "neither"]) == ("hate speech", "offensive language")
    assert harmful_labels(["joy", "sadness"]) == harmful_labels(["toxic", "threat"]) == ()
    assert harmful_labels(["not_offensive", "offensive"]) == ("offensive",) and harmful_labels(["toxicity"]) == (
        "toxicity",
    )
    assert len(WORDS) == len(HARMFUL) and not any(fair(sentence) > 0.5 for sentence in HARMLESS)
    assert all(fair(sentence) > 0.5 for sentence in HARMFUL)
