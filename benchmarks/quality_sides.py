"""The sides of quality.py that need no training loop of another library: tunecard, TF-IDF, a frozen base, a constant.

Each takes a cell and returns an Answer. Only `ours` trains or predicts with tunecard.
"""

from __future__ import annotations

import json
import shutil
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quality_cells import ENTITIES, LABEL_SETS, NUMBERS, Cell, Row

FOLDS = 3
THRESHOLDS = tuple(round(0.05 * place, 2) for place in range(1, 15))  # of probability, from which on a label is given
TFIDF_STRENGTHS = (1.0, 10.0, 100.0)
PROBE_STRENGTHS = (1.0, 10.0, 30.0, 100.0)
RIDGES = tuple(10.0**power for power in range(-4, 4))
KEPT_FINDINGS = ("results.test.ece", "training.epochs_run", "training.best_epoch", "training.seconds", "run.seconds",
                 "adapter.head_start", "adapter.method", "training.head_probe")  # fmt: skip

Floats = NDArray[Any]


@dataclass
class Answer:
    """What a side says of the test rows.

    Attributes:
        rows: positions in test.parquet, where the side left some out.
        probabilities: in the order of the cell's labels.
        also: further predictions by name, kept as scores only.
    """

    predictions: list[Any]
    seconds: float
    settings: dict[str, Any]
    probabilities: list[Any] | None = None
    rows: list[int] | None = None
    also: dict[str, list[Any]] = field(default_factory=dict)


def ours(cell: Cell) -> Answer:
    """`tunecard.run` on a recipe that names the data, and the seed that repeats it."""
    import pyarrow.parquet

    import tunecard

    source = {split: str(cell.folder / f"{split}.parquet") for split in ("train", "test")}
    data: dict[str, Any] = {"source": source} | ({"labels": cell.labels} if cell.labels else {})
    out = cell.folder / "run"
    began = time.perf_counter()
    task = {"task": "multi-label"} if cell.data.kind == LABEL_SETS else {}
    tunecard.run({**task, "data": data, "training": {"seed": cell.seed}}, out=out, overwrite=out.exists())
    seconds = time.perf_counter() - began
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    said = pyarrow.parquet.read_table(out / "predictions" / "test.parquet").to_pydict()
    return Answer(said["prediction"], seconds, findings(out), said.get("probabilities"), said["row"])


def findings(run: Path) -> dict[str, Any]:
    """Some values of evidence.json, with the interval where there is one."""
    told = {one["id"]: one for one in json.loads((run / "evidence.json").read_text())["findings"]}
    kept = {name: told[name]["value"] for name in KEPT_FINDINGS if name in told}
    return kept | {f"{name}.interval": told[name]["interval"] for name in kept if told[name].get("interval")}


def constant(cell: Cell) -> Answer:
    """The commonest class, set of labels or tag, or the mean."""
    began = time.perf_counter()
    gold = [row[cell.gold] for row in cell.rows("train")]
    test = cell.rows("test")
    said: Any
    if cell.data.kind == NUMBERS:
        said = statistics.fmean(gold)
        return Answer([said] * len(test), time.perf_counter() - began, {"mean": said})
    if cell.data.kind == ENTITIES:
        said = Counter(tag for tags in gold for tag in tags).most_common(1)[0][0]
        return Answer([[said] * len(row["tags"]) for row in test], time.perf_counter() - began, {"tag": said})
    if cell.data.kind == LABEL_SETS:
        said = list(Counter(map(tuple, gold)).most_common(1)[0][0])
        return Answer([said] * len(test), time.perf_counter() - began, {"labels": said})
    said = Counter(gold).most_common(1)[0][0]
    return Answer([said] * len(test), time.perf_counter() - began, {"class": said})


def tfidf(cell: Cell) -> Answer:
    """Words and pairs of words, and parts of words of 2 to 5 letters; of a pair of texts both, side by side."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    began = time.perf_counter()
    train, test = cell.rows("train"), cell.rows("test")
    parts = []
    for column in cell.data.inputs:
        union = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        )
        learned = union.fit_transform([row[column] for row in train])
        parts.append((learned, union.transform([row[column] for row in test])))
    if len(parts) > 1:  # what both texts have alike, as for the frozen vectors
        parts.append(overlap(train, test, cell.data.inputs))
    x, asked = (hstack([part[split] for part in parts]).tocsr().astype(np.float32) for split in (0, 1))
    if cell.data.kind == NUMBERS:
        return number_answer({"tfidf": (x, asked)}, train, began)
    if cell.data.kind == LABEL_SETS:
        return set_answer(cell, {"tfidf": (x, asked)}, train, TFIDF_STRENGTHS, began)
    return class_answer(cell, {"tfidf": (x, asked)}, train, TFIDF_STRENGTHS, began)


def overlap(train: Sequence[Row], test: Sequence[Row], columns: Sequence[str]) -> tuple[Any, Any]:
    """The product of the two texts' TF-IDF vectors over one vocabulary, term by term, and its sum."""
    from scipy.sparse import csr_array, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    vectors.fit([row[column] for row in train for column in columns])

    def shared(rows: Sequence[Row]) -> Any:
        one, other = (vectors.transform([row[column] for row in rows]) for column in columns)
        product = one.multiply(other)
        return hstack([product, csr_array(np.asarray(product.sum(axis=1)).reshape(-1, 1))])

    return shared(train), shared(test)


def probe(cell: Cell) -> Answer:
    """A linear model on vectors of the base as it was downloaded."""
    from quality_vectors import FrozenBase

    began = time.perf_counter()
    train, test = cell.rows("train"), cell.rows("test")
    if cell.data.kind == ENTITIES:
        return entity_probe(cell, train, test, began)
    base = FrozenBase()
    learned, asked = base.views(train, cell.data.inputs), base.views(test, cell.data.inputs)
    views = {name: standardised(learned[name], asked[name]) for name in learned}
    if cell.data.kind == NUMBERS:
        return number_answer(views, train, began)
    if cell.data.kind == LABEL_SETS:
        return set_answer(cell, views, train, PROBE_STRENGTHS, began)
    return class_answer(cell, views, train, PROBE_STRENGTHS, began)


def standardised(learned: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Columns of mean 0 and deviation 1 in the rows learned from, then rows of length 1 in the mean, for one scale of C."""
    middle, spread = learned.mean(axis=0), learned.std(axis=0)
    divisor = np.maximum(spread, 1e-2 * spread.mean()) * np.sqrt(learned.shape[1])  # a column may be constant
    return (learned - middle) / divisor, (asked - middle) / divisor


def class_answer(
    cell: Cell, views: dict[str, tuple[Any, Any]], train: Sequence[Row], strengths: Sequence[float], began: float
) -> Answer:
    """Logistic regression; view and C by 3-fold cross-validation. The other views are told as `also`."""
    from sklearn.model_selection import StratifiedKFold

    gold = np.array([row["label"] for row in train])
    fewest = min(Counter(gold.tolist()).values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class of fewer rows than folds; a fit that its last iteration ends
        folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=cell.seed).split(gold, gold))
        found = {}
        for name, (x, _) in views.items():
            for strength in strengths:
                found[name, strength] = statistics.fmean(
                    float((classifier(strength).fit(x[learn], gold[learn]).predict(x[ask]) == gold[ask]).mean())
                    for learn, ask in folds
                )
        best = {name: max((found[name, one], -one) for one in strengths) for name in views}
        fitted = {name: classifier(-best[name][1]).fit(views[name][0], gold) for name in views}
    chosen = max(views, key=lambda name: best[name])
    seconds = time.perf_counter() - began
    also = {name: fitted[name].predict(asked).tolist() for name, (_, asked) in views.items()} if len(views) > 1 else {}
    model, asked = fitted[chosen], views[chosen][1]
    stated = np.zeros((asked.shape[0], len(cell.labels)))
    stated[:, [cell.labels.index(label) for label in model.classes_]] = model.predict_proba(asked)
    told = {"view": chosen, "C": -best[chosen][1], "folds": FOLDS, "fewest_rows_of_a_class": fewest,
            "cross_validation": {f"{name} C={one:g}": score for (name, one), score in found.items()}}  # fmt: skip
    return Answer(model.predict(asked).tolist(), seconds, told, stated.tolist(), also=also)


def set_answer(
    cell: Cell, views: dict[str, tuple[Any, Any]], train: Sequence[Row], strengths: Sequence[float], began: float
) -> Answer:
    """One logistic regression a label; view, C and one threshold for all labels by micro F1 over 3 folds."""
    from sklearn.model_selection import KFold

    gold = np.array([[label in row["label"] for label in cell.labels] for row in train])
    folds = list(KFold(FOLDS, shuffle=True, random_state=cell.seed).split(gold))
    found = {}
    for name, (x, _) in views.items():
        for strength in strengths:
            held = np.zeros(gold.shape)
            for learn, ask in folds:
                held[ask] = label_probabilities(x[learn], gold[learn], x[ask], strength)
            found[name, strength] = max((micro_f1(held >= one, gold), -one) for one in THRESHOLDS)
    (chosen, strength), (_, negative) = max(found.items(), key=lambda item: (item[1][0], -item[0][1]))
    stated = label_probabilities(views[chosen][0], gold, views[chosen][1], strength)
    seconds = time.perf_counter() - began
    told = {"view": chosen, "C": strength, "threshold": -negative, "folds": FOLDS,
            "cross_validation": {f"{name} C={one:g}": score[0] for (name, one), score in found.items()}}  # fmt: skip
    return Answer(labels_from(stated, cell.labels, -negative), seconds, told, stated.tolist())


def label_probabilities(x: Any, gold: NDArray[np.bool_], asked: Any, strength: float) -> Floats:
    """(N, K) of each label by itself; of one that the rows never or always have, its share."""
    stated = np.tile(gold.mean(axis=0), (asked.shape[0], 1))
    for place in np.flatnonzero((gold.any(axis=0)) & ~gold.all(axis=0)):
        stated[:, place] = classifier(strength).fit(x, gold[:, place]).predict_proba(asked)[:, 1]
    return stated


def micro_f1(said: NDArray[np.bool_], gold: NDArray[np.bool_]) -> float:
    return float(2 * (said & gold).sum() / max(1, said.sum() + gold.sum()))


def labels_from(stated: Floats, labels: Sequence[str], threshold: float) -> list[list[str]]:
    return [[label for label, one in zip(labels, row, strict=True) if one >= threshold] for row in stated]


def classifier(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=300)


def number_answer(views: dict[str, tuple[Any, Any]], train: Sequence[Row], began: float) -> Answer:
    """Ridge; view and strength by Pearson's correlation over 3 folds."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold, cross_val_predict

    gold = np.array([row["label"] for row in train])
    folds = KFold(FOLDS, shuffle=True, random_state=0)
    found = {
        (name, strength): float(
            np.nan_to_num(np.corrcoef(gold, cross_val_predict(Ridge(alpha=strength), x, gold, cv=folds))[0, 1])
        )
        for name, (x, _) in views.items()
        for strength in RIDGES
    }
    best = {name: max((found[name, one], one) for one in RIDGES) for name in views}
    fitted = {name: Ridge(alpha=best[name][1]).fit(views[name][0], gold) for name in views}
    chosen = max(views, key=lambda name: best[name])
    seconds = time.perf_counter() - began
    said = {name: fitted[name].predict(asked).tolist() for name, (_, asked) in views.items()}
    told = {"view": chosen, "ridge": best[chosen][1], "folds": FOLDS,
            "cross_validation": {f"{name} {one:g}": score for (name, one), score in found.items()}}  # fmt: skip
    return Answer(said[chosen], seconds, told, also=said if len(views) > 1 else {})


def entity_probe(cell: Cell, train: Sequence[Row], test: Sequence[Row], began: float) -> Answer:
    """Logistic regression on the last hidden state of every word's first piece; C by F1 over 3 folds of sentences."""
    from quality_vectors import FrozenBase
    from sklearn.model_selection import KFold

    base = FrozenBase()
    learned, asked = scaled_words(*(base.words([row["tokens"] for row in rows]) for rows in (train, test)))
    tags = [row["tags"] for row in train]
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for strength in PROBE_STRENGTHS:
            said: list[Any] = [None] * len(train)
            for learn, ask in KFold(FOLDS, shuffle=True, random_state=cell.seed).split(train):
                model = fit_words([learned[row] for row in learn], [tags[row] for row in learn], strength)
                for row in ask:
                    said[row] = tag_words(model, [learned[row]], [tags[row]])[0]
            found[strength] = entity_score(tags, said, cell.labels)
        strength = max(PROBE_STRENGTHS, key=lambda one: (found[one], -one))
        model = fit_words(learned, tags, strength)
    seconds = time.perf_counter() - began
    told = {"view": "last hidden state, first pieces", "C": strength, "folds": FOLDS,
            "cross_validation": {f"C={one:g}": score for one, score in found.items()}}  # fmt: skip
    return Answer(tag_words(model, asked, [row["tags"] for row in test]), seconds, told)


def scaled_words(learned: Sequence[Floats], asked: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
    """`standardised` by all words of the rows learned from."""
    flat = standardised(np.concatenate(learned), np.concatenate(asked))
    cuts = [np.cumsum([len(row) for row in rows])[:-1] for rows in (learned, asked)]
    return np.split(flat[0], cuts[0]), np.split(flat[1], cuts[1])


def entity_score(gold: Sequence[Any], said: Sequence[Any], labels: Sequence[str]) -> float:
    from tunecard.metrics.entities import entity_counts, entity_types, strict_f1

    return float(np.nan_to_num(strict_f1(entity_counts(gold, said, entity_types(labels)).totals())))


def fit_words(vectors: Sequence[Floats], tags: Sequence[Sequence[str]], strength: float) -> Any:
    gold = [tag for words, row in zip(tags, vectors, strict=True) for tag in words[: len(row)]]
    return classifier(strength).fit(np.concatenate(vectors), gold)


def tag_words(model: Any, vectors: Sequence[Floats], tags: Sequence[Sequence[str]]) -> list[list[str]]:
    """The likeliest tag of every word; words lost to truncation are O. No tag is repaired, on any side."""
    said = []
    for row, words in zip(vectors, tags, strict=True):
        found = model.predict(row).tolist() if len(row) else []
        said.append(found + ["O"] * (len(words) - len(found)))
    return said
