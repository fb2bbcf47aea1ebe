"""The adapter beside baselines and controls on the same rows, from their prediction files alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tunecard.evaluation.report import SECTION, Place, report, report_difference
from tunecard.evaluation.scored import Scored, align, score_file
from tunecard.evidence import Finding, RunFolder, measured
from tunecard.metrics.intervals import mcnemar_exact, resample_totals
from tunecard.tasks.scoring import TEXT_TASK, Scoring

BASELINES = {"majority"}
READABLE = {
    "full": "full fine-tuning",
    "head": "frozen encoder, trained head",
    "majority": "most frequent class",
}
READABLE_FOR_TAGS = {"majority": "frequent-tag baseline"}


def compare_predictors(folder: RunFolder, scoring: Scoring, adapter: Scored, others: Sequence[str]) -> list[Finding]:
    """Scores of each other predictor of the split, and the adapter's scores minus its, resampled together.

    Raises: RunFolderError: a file is broken or does not hold the adapter's rows.
    """
    findings: list[Finding] = []
    for predictor in others:
        other = align(score_file(folder, scoring, adapter.split, predictor), adapter)
        findings += _compare(scoring, adapter, other, predictor)
    return findings


def readable_name(predictor: str, kind: str) -> str:
    """What a reader calls a predictor, e.g. "full fine-tuning"; its own name when there is no better."""
    special = {} if kind == TEXT_TASK else READABLE_FOR_TAGS
    return special.get(predictor, READABLE.get(predictor, predictor))


def _compare(scoring: Scoring, adapter: Scored, other: Scored, predictor: str) -> list[Finding]:
    family = "baseline" if predictor in BASELINES else "control"
    split, called = adapter.split, readable_name(predictor, scoring.kind)
    own = Place(f"{family}.{predictor}.{split}", split, other.source, about=called)
    gap = Place(f"difference.{predictor}.{split}", split, other.source, about=f"adapter minus {called}")
    samples = resample_totals(adapter.counts.beside(other.counts))
    columns = adapter.counts.values.shape[1]
    pair = (adapter.counts.totals(), other.counts.totals())
    return [
        *(report(measure, own, pair[1], samples[:, columns:]) for measure in scoring.measures),
        *(report_difference(measure, gap, pair, samples) for measure in scoring.measures),
        *([_mcnemar(adapter, other, gap)] if scoring.kind == TEXT_TASK else []),
    ]


def _mcnemar(adapter: Scored, other: Scored, place: Place) -> Finding:
    right = [
        np.array([label == guess for label, guess in zip(one.labels, one.predictions, strict=True)], dtype=bool)
        for one in (adapter.predictions, other.predictions)
    ]
    return measured(
        f"{place.prefix}.mcnemar",
        mcnemar_exact(right[0], right[1]),
        section=SECTION,
        name=f"McNemar's exact p value: {place.about}",
        n=len(right[0]),
        method="tunecard.metrics.intervals.mcnemar_exact, two-sided; n = rows",
        split=place.split,
        source=place.source,
    )
