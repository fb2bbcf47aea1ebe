"""Whether the scored rows are of another source than the training rows: how well a linear model tells the two apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.subject import Subject
from tunecard.fitting.linear_models import classes
from tunecard.fitting.text_features import TextFeatures
from tunecard.metrics.auc import auc, auc_interval
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import LEVEL
from tunecard.rows.dataset import Split

ID = "examination.shift"
MOST = 1_000  # rows of either kind
LEAST = 40
LONGEST = 1_000  # characters of a text
C = 1.0
KIND = classes((C,))


class Shift:
    """A classifier two-sample test on words and pieces of words, without the model.

    Source: Lopez-Paz and Oquab 2017, "Revisiting Classifier Two-Sample Tests" (with the area under the ROC curve in the
    place of accuracy).
    """

    name = "shift"

    def price(self, subject: Subject) -> int:
        """No pass: the texts are counted, not read by the model."""
        return 0

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.shift`, a record of the two kinds of rows."""
        if why := _why_not(subject):
            return [not_measured(ID, reason=why)]
        assert subject.train is not None
        kinds = [_texts(subject, rows) for rows in (subject.train, subject.rows)]
        if (fewest := min(map(len, kinds))) < LEAST:
            return [not_measured(ID, reason=f"{fewest} rows of one kind that belong to no other, under {LEAST}")]
        try:
            learned, scored = _held_out(kinds, subject.seed)
        except ValueError as error:
            return [not_measured(ID, reason=str(error))]
        return [_finding(subject, learned, scored, [len(one) for one in kinds])]


def _why_not(subject: Subject) -> str:
    if not subject.has_learned_train:
        return "it was trained elsewhere, and on which rows nobody here knows"
    if subject.train is None:
        return "the rows it learned from are not at hand with their labels"
    return "" if _texts(subject, subject.rows.take([0] if len(subject.rows) else [])) else "its rows hold no text"


def _texts(subject: Subject, rows: Split) -> list[str]:
    """The text of each row, all of its inputs; of rows that belong together the first."""
    first = np.unique(rows.clusters, return_index=True)[1] if rows.clusters else np.arange(len(rows))
    some = subject.sample(rows.take(sorted(first.tolist())), MOST)
    several = zip(*some.inputs.values(), strict=True)
    return [text for values in several if (text := _joined(values).strip())]


def _joined(values: Sequence[Any]) -> str:
    parts = [value if isinstance(value, str) else " ".join(map(str, value)) for value in values if _is_text(value)]
    return "\n".join(part[:LONGEST] for part in parts)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _held_out(kinds: Sequence[Sequence[str]], seed: int) -> tuple[Floats, Floats]:
    """How much like scored rows the model finds the half of each kind that it did not learn from."""
    halves = [_halved(texts, seed) for texts in kinds]
    taught = [text for first, _ in halves for text in first]
    targets = np.repeat([0, 1], [len(first) for first, _ in halves])
    features = TextFeatures({"text": taught}, 2)
    model = KIND.fit(features.learned, targets, C)
    learned, scored = (model.predict_proba(features({"text": held}))[:, 1] for _, held in halves)
    return learned, scored


def _halved(texts: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    order = np.random.default_rng(seed).permutation(len(texts)).tolist()
    middle = len(texts) // 2
    return [texts[place] for place in order[:middle]], [texts[place] for place in order[middle:]]


def _finding(subject: Subject, learned: Floats, scored: Floats, rows: Sequence[int]) -> Finding:
    area, interval = auc(scored, learned), auc_interval(scored, learned)
    (p,) = adjusted_in("shift", [_chance(learned, scored)])
    record: dict[str, Any] = {
        "rows": f"train and {subject.rows.name}",
        "auroc": area,
        "interval": None if interval is None else list(interval),
        "p": p,
        "distinguishable": p <= ALPHA,
    }
    return measured(
        ID,
        [record],
        n=len(learned) + len(scored),
        split=subject.rows.name,
        method=f"area under the ROC curve by which logistic regression (C = {C:g}) on TF-IDF of words and pieces of "
        f"words tells scored rows from training rows, learned from one half of {rows[0]} and {rows[1]} rows (up to "
        f"{MOST:,} of either, drawn by the seed, one of those that belong together, texts up to "
        f"{LONGEST:,} characters) and asked about the other; DeLong's {LEVEL:.0%} interval on the logit scale; p "
        f"one-sided (Mann and Whitney 1947), one test, {ADJUSTED.removeprefix('and ')}; distinguishable where p <= "
        f"{ALPHA:.2f}; n = rows of both kinds that it was asked about",
    )


def _chance(learned: Floats, scored: Floats) -> float:
    """One-sided p value of Mann and Whitney that rows of one source are told apart so well, with ties."""
    n, m = len(scored), len(learned)
    times = np.unique(np.concatenate([learned, scored]), return_counts=True)[1].astype(np.float64)
    ties = float((times**3 - times).sum()) / ((n + m) * (n + m - 1))
    error = ((n + m + 1 - ties) / (12 * n * m)) ** 0.5
    return 1.0 if error == 0 else float(norm.sf((auc(scored, learned) - 0.5) / error))
