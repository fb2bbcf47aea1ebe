"""Baselines of sentence embedding: cosines of texts by their words alone, and by the frozen base as it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tunecard.fitting.text_features import TextFeatures
from tunecard.metrics.retrieval import partner_ranks
from tunecard.rows.dataset import Split
from tunecard.rows.vectors import MEAN, unit_rows
from tunecard.tasks.baselines import Answers, Baseline, Fit, Lesson
from tunecard.tasks.fitted_baselines import OF_TEXTS, TFIDF

RANKED = "partner"  # the label of rows whose second text is to be found among all second texts
MOST_TEXTS = 20_000  # that TF-IDF learns its weights from
# The cosines of some rows with all of their candidates.
Cosines = Callable[[Sequence[int], Sequence[int]], np.ndarray]
ROWS_AT_ONCE = 1_000


def ranks_among(anchors: Sequence[Any], partners: Sequence[Any], texts: Sequence[Any], cosines: Cosines) -> list[int]:
    """The rank of each row's partner, from 1, among the different partners of all rows.

    Two kinds of candidates stand in nobody's way: the other partners of the same anchor, and the anchor itself.

    Args:
        anchors: (N,) what each row begins with, equal for equal texts.
        partners: (N,) likewise of what belongs to it; equal ones are one candidate.
        texts: (N,) the partner as `anchors` would name it.
        cosines: rows and rows of candidates to (len(rows), len(candidates)).
    """
    firsts = {partner: row for row, partner in reversed(list(enumerate(partners)))}  # the first row of each candidate
    candidates = sorted(firsts.values())
    place_of = {partners[row]: place for place, row in enumerate(candidates)}
    of_text = {texts[row]: place for place, row in enumerate(candidates)}
    of_anchor: dict[Any, set[int]] = {}
    for anchor, partner in zip(anchors, partners, strict=True):
        own_text = {of_text[anchor]} if anchor in of_text else set()
        of_anchor.setdefault(anchor, own_text).add(place_of[partner])
    ranks: list[int] = []
    for start in range(0, len(anchors), ROWS_AT_ONCE):
        rows = range(start, min(start + ROWS_AT_ONCE, len(anchors)))
        own = np.array([place_of[partners[row]] for row in rows])
        ranks += partner_ranks(cosines(rows, candidates), own, [sorted(of_anchor[anchors[row]]) for row in rows])
    return ranks


def _answers(labels: Sequence[str], split: Split, first: Any, second: Any) -> list[Any]:
    """Ranks of partners, or cosines, by unit vectors of both texts, (N, D), dense or sparse."""
    if RANKED not in labels:
        products = first.multiply(second) if hasattr(first, "multiply") else first * second
        return [float(cosine) for cosine in np.asarray(products.sum(axis=1)).ravel()]

    def cosines(rows: Sequence[int], candidates: Sequence[int]) -> np.ndarray:
        found = first[list(rows)] @ second[list(candidates)].T
        return np.asarray(found.todense() if hasattr(found, "todense") else found)

    texts = split.inputs["text_pair"]
    return ranks_among(split.inputs["text"], split.labels, texts, cosines)


def _by_words(lesson: Lesson) -> Answers:
    learned = [*lesson.train.inputs["text"], *lesson.train.inputs["text_pair"]]
    learned = learned[:: max(1, -(-len(learned) // MOST_TEXTS))]
    try:
        features = TextFeatures({"text": learned}, 1)
    except ValueError as error:
        return Answers({}, reason=str(error))
    said = {}
    for name, split in lesson.splits.items():
        sides = [_unit_sparse(features({"text": split.inputs[column]})) for column in ("text", "text_pair")]
        said[name] = _answers(lesson.labels, split, *sides)
    settings = {"estimator": "TfidfVectorizer", "view": TFIDF, "rows": len(lesson.train)}
    how = f"cosine of scikit-learn's {OF_TEXTS}, weighed by {len(learned):,} texts of train; n = rows of train"
    return Answers(said, Fit(settings, len(lesson.train), how))


def _unit_sparse(features: Any) -> Any:
    from sklearn.preprocessing import normalize

    return normalize(features.astype(np.float64))


def _by_base(lesson: Lesson) -> Answers:
    said = {}
    for name, split in lesson.splits.items():
        vectors = lesson.vectors[name]
        sides = [unit_rows(vectors.views[MEAN][vectors.places == place].astype(np.float64)) for place in (0, 1)]
        said[name] = _answers(lesson.labels, split, *sides)
    return Answers(said)


LIKENESS_BASELINES = (
    Baseline(
        "tfidf",
        "cosine of TF-IDF",
        _by_words,
        does="how many words and runs of characters two texts share, the rarer the more, without any base",
        is_fitted=True,
    ),
    Baseline(
        "frozen",
        "cosine of the frozen base",
        _by_base,
        reads_vectors=True,
        does="the same texts, pooling and cosine without the adapter: what was there before training",
    ),
)
