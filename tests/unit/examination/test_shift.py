"""Rows of two sources are told apart, rows of one are not, and the figures are those of scipy and scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score
from torch import nn

from tunecard.evaluation.together import FAMILIES
from tunecard.evidence import Finding, RunFolder
from tunecard.examination import Subject, shift
from tunecard.examination.shift import Shift
from tunecard.rows.dataset import Split
from tunecard.tasks.text_classification import TextClassification

HERE = [
    "the",
    "phone",
    "has",
    "a",
    "good",
    "screen",
    "and",
    "its",
    "battery",
    "lasts",
    "all",
    "day",
    "but",
    "calls",
    "drop",
]
THERE = [
    "our",
    "hotel",
    "room",
    "was",
    "small",
    "with",
    "thin",
    "walls",
    "yet",
    "breakfast",
    "made",
    "up",
    "for",
    "that",
]


def rows_of(name: str, words: list[str], count: int = 120, seed: int = 0, **more: Any) -> Split:
    draws = np.random.default_rng(seed)
    texts = [" ".join(draws.choice(words, 6)) for _ in range(count)]
    return Split(name, list(range(count)), {"text": texts}, ["x"] * count, {}, "given", {}, **more)


def asked(folder: Path, train: Split | None, test: Split, **more: Any) -> Finding:
    subject = Subject(RunFolder(folder), nn.Linear(1, 1), TextClassification(("x", "y")), test, train, lambda rows: None, 0, **more)  # type: ignore[arg-type,return-value]  # fmt: skip
    (finding,) = Shift().run(subject, 0)
    assert subject.passes.spent == Shift().price(subject) == 0
    return finding


def test_two_sources_are_told_apart_and_one_is_not(tmp_path: Path) -> None:
    train = rows_of("train", HERE)
    same, other = (asked(tmp_path, train, rows_of("test", words, seed=1)) for words in (HERE, THERE))
    assert same.value[0]["distinguishable"] is False and same.value[0]["auroc"] < 0.65
    assert other.value[0]["distinguishable"] is True and other.value[0]["auroc"] > 0.95
    assert other.n == 120 and other.split == "test"  # half of either is held out


def test_figures_agree_with_scipy_and_scikit_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(2)
    learned, scored = np.round(draws.normal(0, 1, 70), 1), np.round(draws.normal(0.5, 1, 60), 1)
    monkeypatch.setattr(shift, "_held_out", lambda kinds, seed: (learned, scored))
    (record,) = asked(tmp_path, rows_of("train", HERE), rows_of("test", HERE, seed=1)).value
    test = mannwhitneyu(scored, learned, alternative="greater", use_continuity=False, method="asymptotic")
    assert record["p"] == pytest.approx(len(FAMILIES) * test.pvalue)
    assert record["auroc"] == pytest.approx(roc_auc_score([0] * 70 + [1] * 60, np.concatenate([learned, scored])))


def test_of_rows_that_belong_together_one_is_asked_about(tmp_path: Path) -> None:
    together = [place // 2 for place in range(120)]
    found = asked(tmp_path, rows_of("train", HERE), rows_of("test", HERE, seed=1, clusters=together))
    assert found.n == 60 + 30


def test_it_says_why_where_it_does_not_apply(tmp_path: Path) -> None:
    train, test = rows_of("train", HERE), rows_of("test", HERE)
    assert "nobody here knows" in (asked(tmp_path, train, test, has_learned_train=False).reason or "")
    assert "not at hand" in (asked(tmp_path, None, test).reason or "")
    assert "under 40" in (asked(tmp_path, train, rows_of("test", HERE, 30)).reason or "")


def test_words_in_lists_and_pairs_of_texts_are_read(tmp_path: Path) -> None:
    def listed(split: Split) -> Split:
        return Split(
            split.name,
            split.rows,
            {"tokens": [text.split() for text in split.inputs["text"]]},
            split.labels,
            {},
            "given",
            {},
        )

    found = asked(tmp_path, listed(rows_of("train", HERE)), listed(rows_of("test", THERE)))
    assert found.value[0]["auroc"] > 0.95
