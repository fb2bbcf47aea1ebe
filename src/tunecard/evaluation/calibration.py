"""Whether probabilities mean what they say: reliability bins, expected calibration error and Brier score."""

from __future__ import annotations

from dataclasses import replace
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
from tunecard.metrics.temperature import undo_temperature
from tunecard.tasks.confidence import Confidence
from tunecard.tasks.scoring import BRIER, ECE, Scoring

UNDONE = "probabilities p ** T, normalised, T = training.temperature; "
NAMES = {
    "ece": ECE.name,
    "ece_before": f"{ECE.name} before the temperature",
    "reliability": "Reliability: confidence and accuracy by bin",
    "brier": BRIER.name,
}


def judge_calibration(
    folder: RunFolder, scoring: Scoring, adapter: Scored, temperature: float | None = None
) -> list[Finding]:
    """`results.<split>.ece`, `.reliability` and `.brier`; nothing where the file holds no probabilities.

    Args:
        temperature: what the logits were divided by; `.ece_before` is then what the error was without it.
    Raises: RunFolderError: probabilities do not fit the labels or do not sum to 1.
    """
    flat = folder.read_probabilities(adapter.split)
    if flat is None or scoring.confidence is None:
        return []
    try:
        found = scoring.confidence(flat, adapter.predictions, adapter.places)
    except DataError as error:
        raise RunFolderError(error.problems, place=adapter.source.file) from error
    shared = {"section": SECTION, "split": adapter.split, "source": adapter.source}
    prefix, rows = f"results.{adapter.split}", len(adapter.predictions)
    samples = _samples(found, rows)
    findings = [_error(found, samples, f"{prefix}.ece", shared)]
    if temperature is not None:
        undone = replace(flat, values=undo_temperature(flat.values, temperature))
        before = scoring.confidence(undone, adapter.predictions, adapter.places)
        findings.append(_error(before, _samples(before, rows), f"{prefix}.ece_before", shared, UNDONE))
    return [*findings, _reliability(found, f"{prefix}.reliability", shared), _brier(found, samples, prefix, shared)]


def _samples(found: Confidence, rows: int) -> Floats:
    return resample_totals(RowCounts.from_rows(_sums_by_row(found, rows)))


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


def _error(found: Confidence, samples: Floats, id: str, shared: dict[str, Any], first: str = "") -> Finding:
    """The expected calibration error under this id; `first` is what was done to the probabilities before."""
    name, n = NAMES[id.rpartition(".")[2]], len(found.stated)
    if n == 0:
        return not_measured(id, name=name, reason=found.nothing, n=0, **shared)
    gaps = gaps_by_bin(found.stated, found.is_right).sum(axis=0)
    ece = float(calibration_error(gaps, np.array(float(n))))
    resampled = calibration_error(samples[:, :BINS], samples[:, BINS])
    interval = calibration_error_interval(ece, resampled, found.stated)
    how = f"{BOOTSTRAP.removeprefix('percentile ')}, mirrored, from 0 where chance explains it; {_counted(found)}"
    return measured(
        id,
        ece,
        name=name,
        n=n,
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"{first}tunecard.metrics.reliability.calibration_error, {BINS} equal-mass bins, {how}",
        **shared,
    )


def _reliability(found: Confidence, id: str, shared: dict[str, Any]) -> Finding:
    n = len(found.stated)
    if n == 0:
        return not_measured(id, name=NAMES["reliability"], reason=found.nothing, n=0, **shared)
    told = f"tunecard.metrics.reliability.reliability_bins, {BINS} equal-mass bins, Wilson intervals of the accuracy"
    bins = [_record(one) for one in reliability_bins(found.stated, found.is_right)]
    return measured(id, bins, name=NAMES["reliability"], n=n, method=f"{told}; {_counted(found)}", **shared)


def _counted(found: Confidence) -> str:
    unit = f"{found.stated_as}; " if found.stated_as else ""
    return f"{unit}n = {found.answers}"


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
