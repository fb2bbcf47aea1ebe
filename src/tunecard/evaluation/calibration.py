"""Whether probabilities mean what they say; for one class a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunecard.errors import DataError, RunFolderError
from tunecard.evaluation.measure import BOOTSTRAP, SECTION
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.scoring import TEXT_TASK, Scoring
from tunecard.evidence import Finding, RunFolder, measured
from tunecard.metrics.classification import brier_rows, expected_calibration_error, label_ids
from tunecard.metrics.counts import RowCounts, ratio
from tunecard.metrics.intervals import LEVEL, bootstrap_interval

FUNCTIONS = "tunecard.metrics.classification"


def judge_calibration(folder: RunFolder, scoring: Scoring, adapter: Scored) -> list[Finding]:
    """ECE and Brier score; nothing for tags or where the file holds no probabilities.

    ECE has no interval: a resampled ECE is larger than the sample's own, so that percentiles would mislead.
    Raises: RunFolderError: a row's probabilities do not fit the labels or do not sum to 1.
    """
    flat = folder.read_probabilities(adapter.split) if scoring.kind == TEXT_TASK else None
    if flat is None:
        return []
    gold = label_ids(adapter.predictions.labels, scoring.labels)
    try:
        if not flat.is_known.all() or flat.values.shape[1] != len(scoring.labels):
            raise DataError(f"each row must have {len(scoring.labels)} probabilities.")
        probabilities = flat.values[adapter.places]
        ece = expected_calibration_error(probabilities, gold)
        brier = brier_rows(probabilities, gold)
    except DataError as error:
        raise RunFolderError(error.problems, place=adapter.source.file) from error
    counts = RowCounts.from_rows(np.column_stack([brier, np.ones(len(brier))]))
    interval = bootstrap_interval(lambda totals: ratio(totals[..., 0], totals[..., 1]), counts)
    shared: dict[str, Any] = {"section": SECTION, "n": len(gold), "split": adapter.split, "source": adapter.source}
    return [
        measured(
            f"results.{adapter.split}.ece",
            ece,
            name="Expected calibration error",
            method=f"{FUNCTIONS}.expected_calibration_error, 15 equal-mass bins, no interval; n = rows",
            **shared,
        ),
        measured(
            f"results.{adapter.split}.brier",
            float(brier.mean()),
            name="Brier score, 0 to 2",
            interval=interval,
            level=LEVEL,
            method=f"mean of {FUNCTIONS}.brier_rows, {BOOTSTRAP}; n = rows",
            **shared,
        ),
    ]
