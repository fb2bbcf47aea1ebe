"""Whether answers give away which rows were learned: a threshold on the loss, the plainest membership attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tunecard.evidence import Finding, Predictions, measured, not_measured
from tunecard.examination.subject import Subject
from tunecard.metrics.auc import auc, auc_interval
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import LEVEL
from tunecard.tasks import Task

ID = "examination.membership"
FLOOR = 1e-12  # a probability stored as 0 has no logarithm
LEAST = 20  # rows of either kind


class Membership:
    """How often a learned row has a lower loss than a row that was not learned.

    Source: Yeom et al. 2018, "Privacy Risk in Machine Learning", the attack by the loss.
    """

    name = "membership"

    def price(self, subject: Subject) -> int:
        """A pass for each training row; those that were not learned are answered already."""
        return 0 if subject.train is None or _why_not(subject) else len(subject.train)

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.membership`."""
        if why := _why_not(subject):
            return [not_measured(ID, reason=why)]
        if subject.train is None:
            return [not_measured(ID, reason="the rows it learned from are not at hand with their labels")]
        others = losses(subject.task, subject.folder.read_predictions(subject.rows.name))
        asked = subject.sample(subject.train, budget)
        if min(len(asked), len(others)) < LEAST:
            counted = f"{len(asked)} learned and {len(others)} other rows with a loss, under {LEAST} of either"
            return [not_measured(ID, reason=counted)]
        learned = losses(subject.task, subject.predict(asked, "Rows it learned from"))
        return [_finding(subject, learned, others)]


def _why_not(subject: Subject) -> str:
    if not subject.task.scoring.calibration:
        return "its answers carry no probabilities, and so no loss that could be compared"
    if not subject.has_learned_train:
        return "it was trained elsewhere, and on which rows nobody here knows"
    return ""


def losses(task: Task, predictions: Predictions) -> Floats:
    """(R,) mean -log of the probability given to each labelled row's right answers; rows without one left out."""
    ids = {name: place for place, name in enumerate(task.labels)}
    pairs = zip(predictions.labels, predictions.probabilities or [], strict=False)
    found = [_loss(task, label, stated, ids) for label, stated in pairs if label is not None]
    return np.array([loss for loss in found if loss is not None], dtype=np.float64)


def _loss(task: Task, label: Any, stated: Any, ids: Mapping[str, int]) -> float | None:
    decided: Sequence[tuple[int, Sequence[float]]] = task.scoring.decided(label, stated, ids)
    stored = [float(np.float32(likely[right])) for right, likely in decided]  # as a file has it: others come from one
    logs = [-float(np.log(max(probability, FLOOR))) for probability in stored]
    return float(np.mean(logs)) if logs else None


def _finding(subject: Subject, learned: Floats, others: Floats) -> Finding:
    interval = auc_interval(-learned, -others)
    return measured(
        ID,
        auc(-learned, -others),
        n=len(learned) + len(others),
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"area under the ROC curve of the loss (mean -log of the right answer's probability), {len(learned)} of "
        f"{len(subject.train or [])} training rows beside {len(others)} rows of {subject.rows.name}; DeLong's interval "
        "on the logit scale; n = rows",
        split=subject.rows.name,
    )
