"""Whether probabilities mean what they say: reliability bins, expected calibration error and Brier score."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunecard.errors import DataError, RunFolderError
from tunecard.evaluation.report import SECTION
from tunecard.evaluation.scored import Scored
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.metrics.counts import Floats, RowCounts, ratio
from tunecard.metrics.intervals import LEVEL, percentile_interval, resample_totals
from tunecard.metrics.measure import BOOTSTRAP
from tunecard.metrics.reliability import (
    BINS,
    ReliabilityBin,
    calibration_error,
    calibration_error_interval,
    gaps_by_bin,
    reliability_bins,
)
from tunecard.tasks.confidence import Confidence
from tunecard.tasks.scoring import BRIER, ECE, Scoring

NAMES = {ECE.key: ECE.name, "reliability": "Reliability: confidence and accuracy by bin", BRIER.key: BRIER.name}


def judge_calibration(folder: RunFolder, scoring: Scoring, adapter: Scored) -> list[Finding]:
    """`results.<split>.ece`, `.reliability` and `.brier`; nothing where the file holds no probabilities.

    Raises: RunFolderError: probabilities do not fit the labels or do not sum to 1.
    """
    flat = folder.read_probabilities(adapter.split)
    if flat is None or scoring.confidence is None:
        return []
    try:
        found = scoring.confidence(flat, adapter.predictions, adapter.places)
    except DataError as error:
        raise RunFolderError(error.problems, place=adapter.source.file) from error
    samples = resample_totals(RowCounts.from_rows(_sums_by_row(found, len(adapter.predictions))))
    shared = {"section": SECTION, "split": adapter.split, "source": adapter.source}
    prefix = f"results.{adapter.split}"
    return [*_of_answers(found, samples, prefix, shared), _brier(found, samples, prefix, shared)]


def _sums_by_row(found: Confidence, rows: int) -> Floats:
    """(N, BINS + 3): summed gaps by bin and answers, summed Brier distances and their number, of each row."""
    gaps = np.zeros((rows, BINS))
    if len(found.stated):
        np.add.at(gaps, found.row, gaps_by_bin(found.stated, found.is_right))
    columns = [
        np.bincount(found.row, minlength=rows),
        np.bincount(found.brier_row, weights=found.brier, minlength=rows),
        np.bincount(found.brier_row, minlength=rows),
    ]
    return np.column_stack([gaps, *columns])


def _of_answers(found: Confidence, samples: Floats, prefix: str, shared: dict[str, Any]) -> list[Finding]:
    n = len(found.stated)
    if n == 0:
        keys = ("ece", "reliability")
        return [not_measured(f"{prefix}.{key}", name=NAMES[key], reason=found.nothing, n=0, **shared) for key in keys]
    gaps = gaps_by_bin(found.stated, found.is_right).sum(axis=0)
    ece = float(calibration_error(gaps, np.array(float(n))))
    resampled = calibration_error(samples[:, :BINS], samples[:, BINS])
    interval = calibration_error_interval(ece, resampled, found.stated)
    unit = f"{found.stated_as}; " if found.stated_as else ""
    how = (
        f"{BOOTSTRAP.removeprefix('percentile ')}, mirrored, from 0 where chance explains it; {unit}n = {found.answers}"
    )
    about = f"tunecard.metrics.reliability.calibration_error, {BINS} equal-mass bins, {how}"
    bins = [_record(one) for one in reliability_bins(found.stated, found.is_right)]
    told = f"tunecard.metrics.reliability.reliability_bins, {BINS} equal-mass bins, Wilson intervals of the accuracy"
    return [
        measured(
            f"{prefix}.ece",
            ece,
            name=NAMES["ece"],
            n=n,
            interval=interval,
            level=None if interval is None else LEVEL,
            method=about,
            **shared,
        ),
        measured(
            f"{prefix}.reliability",
            bins,
            name=NAMES["reliability"],
            n=n,
            method=f"{told}; {unit}n = {found.answers}",
            **shared,
        ),
    ]


def _record(one: ReliabilityBin) -> dict[str, Any]:
    return {
        "from": one.low,
        "to": one.high,
        "confidence": one.confidence,
        "accuracy": one.accuracy,
        "n": one.n,
        "interval": list(one.interval),
    }


def _brier(found: Confidence, samples: Floats, prefix: str, shared: dict[str, Any]) -> Finding:
    id, n = f"{prefix}.brier", len(found.brier)
    if n == 0:
        return not_measured(id, name=NAMES["brier"], reason="undefined: no word was seen", n=0, **shared)
    interval = percentile_interval(ratio(samples[:, -2], samples[:, -1]))
    return measured(
        id,
        float(found.brier.mean()),
        name=NAMES["brier"],
        n=n,
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"mean of tunecard.metrics.classification.brier_rows, {BOOTSTRAP}; n = {found.items}",
        **shared,
    )
