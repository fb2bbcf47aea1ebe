"""Scored rows whose given label a probe of the frozen base doubts: as findings, and as a factor of its answers.

The judge learns from training rows alone, never from what the adapter says. It shares the base and the training rows
with the adapter all the same, so that leaving out what it doubts favours whatever agrees with it: the score without
these rows says how much hangs on them, not how good the adapter is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.reporting.suspect_labels import SHOWN_PAIRS, SHOWN_ROWS
from tunecard.rows.dataset import Split
from tunecard.rows.doubted import DOUBTED, FACTOR, KEPT, UNJUDGED
from tunecard.rows.vectors import APART, MEAN, TOKEN, FrozenVectors
from tunecard.tasks import Task
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import FILTER, INVERSE_REGULARISATION, LabelDoubts
from tunecard.training.objectives import objective_of

JUDGE = "probe"
VIEWS = (APART, MEAN, TOKEN)
UNREAD = "the frozen base did not read the training rows, from which a judge of labels learns"


def doubt_scored_labels(
    folder: RunFolder, task: Task, train: Split, splits: Mapping[str, Split], vectors: Mapping[str, FrozenVectors]
) -> list[Finding]:
    """`data.suspect_labels.<split>` of the labelled splits that the probe has answered; its answers get the factor.

    Args:
        vectors: of `base_vectors`, for train and each split.
    """
    labelled = {name: split for name, split in splits.items() if split.is_labelled}
    return [_judged(folder, task, train, split, vectors) for split in labelled.values()]


def _judged(folder: RunFolder, task: Task, train: Split, split: Split, vectors: Mapping[str, FrozenVectors]) -> Finding:
    id = f"data.suspect_labels.{split.name}"
    if "train" not in vectors or split.name not in vectors or not folder.predictions(split.name, JUDGE).is_file():
        return not_measured(id, reason=UNREAD, split=split.name)
    learned, held = (_features(task, rows, vectors[rows.name]) for rows in (train, split))
    of_tokens = TOKEN in vectors["train"].views
    doubts = objective_of(task).doubt_labels(learned, 0, of_tokens=of_tokens, held=held)
    if isinstance(doubts, str):
        return not_measured(id, reason=doubts, split=split.name)
    flags = _by_row(split, held, doubts)
    stored = folder.read_predictions(split.name, JUDGE)
    folder.write_predictions(replace(stored, factors={**stored.factors, FACTOR: flags}), split.name, JUDGE)
    return _finding(task, split, held, doubts, of_tokens=of_tokens)


def _features(task: Task, split: Split, vectors: FrozenVectors) -> FrozenFeatures:
    ids = {name: place for place, name in enumerate(task.labels)}
    values = np.concatenate([vectors.views[view] for view in VIEWS if view in vectors.views], axis=1)
    pairs = zip(vectors.rows.tolist(), vectors.places.tolist(), strict=True)
    labels = [_id(ids, split.labels[row], place) for row, place in pairs]
    return FrozenFeatures(values, np.array(labels, dtype=np.int64), vectors.rows, vectors.places)


def _id(ids: Mapping[str, int], label: Any, place: int) -> int:
    """The id of what is right at a place of a row; -1 where that is no name."""
    name = label[place] if isinstance(label, list) and place < len(label) else label
    return ids.get(name, -1) if isinstance(name, str) else -1


def _by_row(split: Split, held: FrozenFeatures, doubts: LabelDoubts) -> list[str]:
    """(N,) whether any label of a row is in doubt."""
    judged, doubted = (set(held.rows[some].tolist()) for some in (doubts.judged, doubts.suspects))
    return [DOUBTED if row in doubted else KEPT if row in judged else UNJUDGED for row in range(len(split))]


def _finding(task: Task, split: Split, held: FrozenFeatures, doubts: LabelDoubts, *, of_tokens: bool) -> Finding:
    pairs = [
        (task.labels[held.labels[one]], task.labels[likely])
        for one, likely in zip(doubts.suspects.tolist(), doubts.likely.tolist(), strict=True)
    ]
    judged, count = len(doubts.judged), len(doubts.suspects)
    value: dict[str, Any] = {
        "count": count,
        "share": count / judged,
        "rows": _by_row(split, held, doubts).count(DOUBTED),
        "probe_accuracy": doubts.accuracy,
        "most_suspect": [
            {"row": split.rows[int(held.rows[one])]}
            | ({"word": int(held.places[one])} if of_tokens else {})
            | {"given": given, "likely": likely}
            for one, (given, likely) in list(zip(doubts.suspects.tolist(), pairs, strict=True))[:SHOWN_ROWS]
        ],
        "pairs": [
            {"given": given, "likely": likely, "count": number}
            for (given, likely), number in sorted(Counter(pairs).items(), key=lambda pair: (-pair[1], pair[0]))
        ][:SHOWN_PAIRS],
    }
    unit = f"{task.words.item}s"
    method = (
        f"logistic regression (C={INVERSE_REGULARISATION:g}) on vectors of the frozen base, fitted on rows of train "
        f"alone; cleanlab's find_label_issues, filter {FILTER}; the judge shares base and rows with the "
        "adapter, and never sees its answers; `rows` have a label in doubt, which the factor of the probe's answers "
        f"names; {judged:,} {unit} were judged"
    )
    return measured(f"data.suspect_labels.{split.name}", value, n=judged, unit=unit, method=method, split=split.name)
