"""Simple models beside an adapter: TF-IDF of the texts, and a probe of what the frozen base makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tunecard.fitting.choosing import CHOOSING, Chosen, Examples, choose, seeded_rows
from tunecard.fitting.label_models import labels_kind
from tunecard.fitting.linear_models import Kind, classes, numbers
from tunecard.fitting.text_features import TextFeatures
from tunecard.fitting.views import Scaling
from tunecard.metrics.entities import OUTSIDE
from tunecard.metrics.label_sets import has_labels
from tunecard.metrics.thresholds import EVEN, tune_thresholds
from tunecard.metrics.word_tags import UNREAD
from tunecard.rows.dataset import Split
from tunecard.rows.vectors import MEAN
from tunecard.tasks.baselines import Answers, Baseline, Fit, Lesson, repair_iob2

MOST_ROWS = 20_000  # that TF-IDF learns from
TFIDF = "words and characters"
OF_TEXTS = "TF-IDF of words (1-2) and of characters inside words (2-5), sublinear"
OF_VECTORS = "vectors of the frozen base"
# Of TF-IDF, a hundredth of the largest coefficient decides nothing, and thousands of columns make every step long.
TFIDF_CLASSES, TFIDF_NUMBERS = classes((3.0, 30.0), tolerance=1e-3), numbers((0.1, 1.0, 10.0))
PROBE_CLASSES, PROBE_NUMBERS = classes((1.0, 10.0, 30.0, 100.0)), numbers((0.01, 0.1, 1.0, 10.0))
TFIDF_LABELS, PROBE_LABELS = labels_kind((3.0, 30.0), tolerance=1e-3), labels_kind((1.0, 10.0, 30.0, 100.0))
PROBE_TAGS = classes((1.0, 3.0, 10.0, 30.0))
UNIT_VIEWS = frozenset({MEAN})
Targets = Callable[[Lesson, Split], np.ndarray]
Name = Callable[[Lesson, np.ndarray], list[Any]]
NameAll = Callable[[Lesson, Mapping[str, np.ndarray]], dict[str, list[Any]]]


def _class_ids(lesson: Lesson, split: Split) -> np.ndarray:
    return _ids(lesson, split.labels)


def _ids(lesson: Lesson, names: Sequence[str]) -> np.ndarray:
    ids = {label: position for position, label in enumerate(lesson.labels)}
    return np.array([ids[name] for name in names], dtype=np.int64)


def _class_names(lesson: Lesson, ids: np.ndarray) -> list[Any]:
    return [lesson.labels[int(id)] for id in ids]


def _values(lesson: Lesson, split: Split) -> np.ndarray:
    return np.array(split.labels, dtype=np.float64)


def _floats(lesson: Lesson, values: np.ndarray) -> list[Any]:
    return [float(value) for value in values]


def _split_by_split(name: Name) -> NameAll:
    return lambda lesson, said: {split: name(lesson, found) for split, found in said.items()}


def _label_sets(lesson: Lesson, split: Split) -> np.ndarray:
    return has_labels(split.labels, lesson.labels).astype(np.int8)


def name_label_sets(lesson: Lesson, said: Mapping[str, np.ndarray]) -> dict[str, list[Any]]:
    """Probabilities (N, K) by split to the labels that reach their thresholds, which validation chooses."""
    values = np.full(len(lesson.labels), EVEN)
    if lesson.held is not None:
        values = np.array(tune_thresholds(said[lesson.held.name], _label_sets(lesson, lesson.held) > 0).values)
    return {
        split: [[label for label, yes in zip(lesson.labels, row, strict=True) if yes] for row in found >= values]
        for split, found in said.items()
    }


def _of_texts(kind: Kind, targets: Targets, name: NameAll) -> Callable[[Lesson], Answers]:
    def answer(lesson: Lesson) -> Answers:
        train, held = lesson.train, lesson.held
        some = train.take(seeded_rows(len(train), MOST_ROWS).tolist())
        try:
            features = TextFeatures(some.inputs, len(lesson.labels))
        except ValueError as error:
            return Answers({}, reason=str(error))
        learned = Examples({TFIDF: features.learned}, targets(lesson, some), np.arange(len(some)))
        views = {split: {TFIDF: features(rows.inputs)} for split, rows in lesson.splits.items()}
        chooser = None
        if held is not None:
            chooser = Examples(views[held.name], targets(lesson, held), np.arange(len(held)))
        chosen = choose(kind, learned, chooser)
        said = {split: chosen.predict(view) for split, view in views.items()}
        return Answers(name(lesson, said), _fit(kind, chosen, learned, len(train), OF_TEXTS))

    return answer


def _of_vectors(kind: Kind, targets: Targets, name: NameAll) -> Callable[[Lesson], Answers]:
    def answer(lesson: Lesson) -> Answers:
        read = lesson.vectors["train"]
        scaled = Scaling(read.views, UNIT_VIEWS)
        learned = Examples(scaled(read.views), targets(lesson, lesson.train)[read.rows], read.rows)
        held, chooser = lesson.held, None
        if held is not None:
            vectors = lesson.vectors[held.name]
            chooser = Examples(scaled(vectors.views), targets(lesson, held), vectors.rows)
        chosen = choose(kind, learned, chooser)
        said = {split: chosen.predict(scaled(lesson.vectors[split].views)) for split in lesson.splits}
        return Answers(name(lesson, said), _fit(kind, chosen, learned, len(lesson.train), OF_VECTORS))

    return answer


def _of_words(lesson: Lesson) -> Answers:
    """A tag for each word, by the vector of its first piece; O for a word that was cut off; repaired to valid IOB2."""
    said = _by_word(lesson, OUTSIDE)
    repaired = {split: [repair_iob2(row) for row in rows] for split, rows in said.predictions.items()}
    return replace(said, predictions=repaired)


def _by_word(lesson: Lesson, unread: str) -> Answers:
    scaled = Scaling(lesson.vectors["train"].views, UNIT_VIEWS)
    learned = _words(lesson, lesson.train, "train", scaled)
    held = lesson.held
    chosen = choose(PROBE_TAGS, learned, None if held is None else _words(lesson, held, held.name, scaled))
    said = {name: _tags(lesson, chosen, split, scaled, unread) for name, split in lesson.splits.items()}
    return Answers(said, _fit(PROBE_TAGS, chosen, learned, len(lesson.train), OF_VECTORS, unit="words"))


def _words(lesson: Lesson, split: Split, name: str, scaled: Scaling) -> Examples:
    vectors = lesson.vectors[name]
    places = zip(vectors.rows.tolist(), vectors.places.tolist(), strict=True)
    tags = [split.labels[row][place] for row, place in places]
    return Examples(scaled(vectors.views), _ids(lesson, tags), vectors.rows)


def _tags(lesson: Lesson, chosen: Chosen, split: Split, scaled: Scaling, unread: str) -> list[Any]:
    tags = [[unread] * len(words) for words in split.inputs["tokens"]]
    vectors = lesson.vectors[split.name]
    found = _class_names(lesson, chosen.predict(scaled(vectors.views)))
    for row, place, tag in zip(vectors.rows.tolist(), vectors.places.tolist(), found, strict=True):
        tags[row][place] = tag
    return tags


def _fit(kind: Kind, chosen: Chosen, learned: Examples, rows: int, features: str, unit: str = "rows") -> Fit:
    used = len(np.unique(learned.rows))
    which = "all rows of train" if used == rows else f"a seeded sample of {used:,} of the {rows:,} rows of train"
    compared = f" among fits on about {CHOOSING:,} of the {unit}" if len(learned) > CHOOSING else ""
    what = f"view and {kind.penalty}" if len(learned.views) > 1 else kind.penalty
    settings: Mapping[str, Any] = {
        "estimator": kind.estimator,
        "view": chosen.view,
        kind.penalty: chosen.penalty,
        "chosen_on": chosen.chosen_on,
        "measure": kind.measure,
        "score": chosen.score,
        "rows": used,
    }
    method = f"scikit-learn's {kind.estimator} on {features}; {what} chosen by {kind.measure} on {chosen.chosen_on}"
    return Fit(settings, len(learned), f"{method}{compared}; fitted on {which}; n = {unit}")


_TFIDF: Mapping[str, Any] = {
    "article": "",
    "is_fitted": True,
    "does": "a linear model of how often each word and each run of characters stands in a text, without any base",
}
_PROBE: Mapping[str, Any] = {
    "is_fitted": True,
    "reads_vectors": True,
    "does": "a linear model of what the frozen base makes of a text; nothing else learns",
}
_TITLE = "linear probe of the frozen base"

TFIDF_OF_CLASSES = Baseline(
    "tfidf",
    "TF-IDF with logistic regression",
    _of_texts(TFIDF_CLASSES, _class_ids, _split_by_split(_class_names)),
    **_TFIDF,
)
TFIDF_OF_NUMBERS = Baseline(
    "tfidf", "TF-IDF with ridge regression", _of_texts(TFIDF_NUMBERS, _values, _split_by_split(_floats)), **_TFIDF
)
TFIDF_OF_LABEL_SETS = Baseline(
    "tfidf", "TF-IDF with logistic regression", _of_texts(TFIDF_LABELS, _label_sets, name_label_sets), **_TFIDF
)
PROBE_OF_CLASSES = Baseline(
    "probe", _TITLE, _of_vectors(PROBE_CLASSES, _class_ids, _split_by_split(_class_names)), **_PROBE
)
PROBE_OF_NUMBERS = Baseline("probe", _TITLE, _of_vectors(PROBE_NUMBERS, _values, _split_by_split(_floats)), **_PROBE)
PROBE_OF_TAGS = Baseline("probe", _TITLE, _of_words, **_PROBE)
PROBE_OF_WORD_TAGS = Baseline("probe", _TITLE, lambda lesson: _by_word(lesson, UNREAD), **_PROBE)
PROBE_OF_LABEL_SETS = Baseline("probe", _TITLE, _of_vectors(PROBE_LABELS, _label_sets, name_label_sets), **_PROBE)
