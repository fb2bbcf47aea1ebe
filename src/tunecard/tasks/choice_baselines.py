"""Simple things that pick a choice: its place, its length, what it shares with the question, a probe of the base."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tunecard.fitting.comparison import cosines_of
from tunecard.fitting.views import Scaling
from tunecard.rows.dataset import Split
from tunecard.rows.vectors import APART, MEAN, FrozenVectors
from tunecard.rows.written import texts_of_rows
from tunecard.tasks.baselines import (
    MAJORITY,
    Answers,
    Baseline,
    Fit,
    Lesson,
    fold_by_fold,
    majority_class,
    split_by_split,
)
from tunecard.tasks.choice_columns import LETTERS

WORD = re.compile(r"\w+")
PENALTIES = (1.0, 10.0, 100.0)
UNIT_VIEWS = frozenset({MEAN})


def _answer_place(train: Split, split: Split) -> list[Any]:
    """The most frequent place of the right choice; the last one of a row that has fewer choices."""
    most = LETTERS.index(majority_class(train.labels))
    return [LETTERS[min(most, len(choices) - 1)] for choices in split.inputs["choices"]]


def _place_faults(predictions: Sequence[Any], counts: Mapping[str, int]) -> list[str]:
    most = max(counts, key=lambda letter: counts[letter]) if counts else ""
    strange = [said for said in predictions if said > most]
    return ["does not answer with the most frequent place of training"] if strange else []


def _answer_longest(train: Split, split: Split) -> list[Any]:
    return [_letter([len(choice) for choice in choices]) for choices in split.inputs["choices"]]


def _letter(scores: Sequence[float]) -> str:
    """That of the largest; of equals the first."""
    return LETTERS[int(np.argmax(scores))]


def _answer_overlap(train: Split, split: Split) -> list[Any]:
    """By the cosine of the words of the question and of each choice, weighed by how rare they are in train."""
    documents = [set(_words(text)) for texts in texts_of_rows(train.inputs) for text in texts]
    seen = Counter(word for words in documents for word in words)
    rarest = math.log(1 + len(documents)) + 1
    weight = {word: math.log((1 + len(documents)) / (1 + count)) + 1 for word, count in seen.items()}
    asked = [" ".join(texts) for texts in texts_of_rows({role: split.inputs[role] for role in _asked(split)})]
    return [
        _letter([_cosine(_words(question), _words(choice), weight, rarest) for choice in choices])
        for question, choices in zip(asked, split.inputs["choices"], strict=True)
    ]


def _asked(split: Split) -> list[str]:
    return [role for role in split.inputs if role != "choices"]


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _cosine(one: Sequence[str], other: Sequence[str], weight: Mapping[str, float], rarest: float) -> float:
    a, b = ({word: n * weight.get(word, rarest) for word, n in Counter(words).items()} for words in (one, other))
    size = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return sum(value * b.get(word, 0.0) for word, value in a.items()) / size if size else 0.0


def _probe(lesson: Lesson) -> Answers:
    """A linear score of each choice's vector; its differences to the other choices of the row are what is fitted."""
    learned, held = lesson.vectors["train"], lesson.held
    scaled = Scaling(learned.views, UNIT_VIEWS)
    chosen_on = "validation" if held is not None else "the rows it learned from"
    chooser = (lesson.train, learned) if held is None else (held, lesson.vectors[held.name])
    tried = []
    for view, features in scaled(learned.views).items():
        differences = _differences(lesson.train, learned, features)
        for penalty in PENALTIES:
            weights = _fitted(differences, penalty)
            said = _picked(chooser[0], chooser[1], scaled(chooser[1].views)[view] @ weights)
            score = float(np.mean([a == b for a, b in zip(said, _known(*chooser), strict=True)]))
            tried.append((score, view, penalty, weights))
    score, view, penalty, weights = max(tried, key=lambda one: one[0])
    answers = {
        name: _picked(split, lesson.vectors[name], scaled(lesson.vectors[name].views)[view] @ weights)
        for name, split in lesson.splits.items()
    }
    rows = len(np.unique(learned.rows))
    settings = {
        "estimator": "LogisticRegression", "view": view, "C": penalty, "chosen_on": chosen_on,
        "measure": "accuracy", "score": score, "rows": rows,
    }  # fmt: skip
    method = (
        "scikit-learn's LogisticRegression without intercept on differences of the vectors that the frozen base gives "
        f"the right choice and each other one of a row; view and C chosen by accuracy on {chosen_on}; n = rows"
    )
    return Answers(answers, Fit(settings, rows, method))


def _answer_likest(lesson: Lesson) -> Answers:
    """The choice whose vector is nearest to that of what is asked, each read alone; nothing is fitted."""
    cosines = {name: cosines_of(lesson.vectors[name].views[APART]) for name in lesson.splits}
    said = {name: _picked(split, lesson.vectors[name], cosines[name]) for name, split in lesson.splits.items()}
    return Answers(said)


def _known(split: Split, vectors: FrozenVectors) -> list[Any]:
    return [split.labels[row] for row in dict.fromkeys(vectors.rows.tolist())]


def _differences(split: Split, vectors: FrozenVectors, features: np.ndarray) -> np.ndarray:
    right = np.array([LETTERS.index(split.labels[row]) for row in vectors.rows.tolist()])
    is_right = right == vectors.places
    line_of = dict(zip(vectors.rows[is_right].tolist(), np.flatnonzero(is_right).tolist(), strict=True))
    golds = np.array([line_of[row] for row in vectors.rows[~is_right].tolist()])
    differences: np.ndarray = features[golds] - features[~is_right]
    return differences


def _fitted(differences: np.ndarray, penalty: float) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    # Both directions of every difference, in turn: without an intercept they say the same, and there are two classes.
    signs = np.where(np.arange(len(differences)) % 2, -1.0, 1.0)
    model = LogisticRegression(C=penalty, fit_intercept=False, max_iter=500)
    weights: np.ndarray = model.fit(differences * signs[:, None], signs > 0).coef_[0]
    return weights


def _picked(split: Split, vectors: FrozenVectors, scores: np.ndarray) -> list[Any]:
    ends = np.flatnonzero(np.diff(vectors.rows)) + 1
    return [_letter(part.tolist()) for part in np.split(scores, ends)]


CHOICE_BASELINES = (
    Baseline(
        MAJORITY,
        "most frequent place",
        split_by_split(_answer_place),
        within=fold_by_fold(_answer_place),
        does="always answers with the place at which the right choice stands most often in train",
        faults=_place_faults,
    ),
    Baseline(
        "longest",
        "longest choice",
        split_by_split(_answer_longest),
        within=fold_by_fold(_answer_longest),
        does="always answers with the choice of the most characters",
    ),
    Baseline(
        "overlap",
        "TF-IDF overlap",
        split_by_split(_answer_overlap),
        within=fold_by_fold(_answer_overlap),
        article="",
        does="answers with the choice whose words, the rarer the heavier, are most like those of the question",
    ),
    Baseline(
        "frozen",
        "cosine of the frozen base",
        _answer_likest,
        reads_vectors=True,
        does="answers with the choice whose vector is nearest to that of the question, read apart by the frozen base",
    ),
    Baseline(
        "probe",
        "linear probe of the frozen base",
        _probe,
        is_fitted=True,
        reads_vectors=True,
        does="a linear score of what the frozen base makes of the question with each choice; nothing else learns",
    ),
)
