"""Whether probabilities mean what they say: reliability bins, expected calibration error and Brier score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tunecard.evaluation.report import SECTION
from tunecard.evaluation.scored import Scored, stated_by
from tunecard.evaluation.together import ADJUSTED, ALPHA, SHARE
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.metrics.calibration_interval import LEAST_ITEMS, calibration_error_interval
from tunecard.metrics.counts import Floats, Ints, RowCounts, ratio
from tunecard.metrics.intervals import LEVEL, Interval
from tunecard.metrics.measure import Measure, sample_of
from tunecard.metrics.reliability import (
    BINS,
    ReliabilityBin,
    calibration_error,
    gaps_by_bin,
    mean_error_by_chance,
    reliability_bins,
)
from tunecard.metrics.scales import LOG, PLAIN, Scale
from tunecard.tasks.confidence import Confidence
from tunecard.tasks.scoring import BRIER, ECE, Scoring

UNDONE = "probabilities p ** T, normalised, T = training.temperature; "
NAMES = {
    "ece": ECE.name,
    "ece_by_chance": f"{ECE.name} that a calibrated model shows on as many",
    "stated": "Mean stated probability",
    "answers_right": "Share of the answers that is right",
    "overconfidence": "Mean stated probability minus the share that is right",
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
    found = None if flat is None else stated_by(scoring, adapter, flat)
    if flat is None or found is None:
        return []
    shared = {"section": SECTION, "split": adapter.split, "source": adapter.source}
    prefix, unit = f"results.{adapter.split}", adapter.units
    findings = [*_error(found, unit, f"{prefix}.ece", shared), *_direction(found, unit, prefix, shared)]
    if temperature is not None:
        undone = replace(flat, values=scoring.undo_temperature(flat.values, temperature))
        before = stated_by(scoring, adapter, undone)
        assert before is not None  # it was not with the temperature either
        findings += _error(before, unit, f"{prefix}.ece_before", shared, UNDONE)
    return [*findings, _reliability(found, f"{prefix}.reliability", shared), _brier(found, unit, prefix, shared)]


def _error(found: Confidence, unit: Ints, id: str, shared: dict[str, Any], first: str = "") -> list[Finding]:
    """The expected calibration error under this id; `first` is what was done to the probabilities before."""
    name, n = NAMES[id.rpartition(".")[2]], len(found.stated)
    if n == 0:
        return [not_measured(id, name=name, reason=found.nothing, n=0, **shared)]
    gaps = gaps_by_bin(found.stated, found.is_right).sum(axis=0)
    ece = float(calibration_error(gaps, np.array(float(n))))
    interval = calibration_error_interval(found.stated, found.is_right, unit[found.row], chance=SHARE)
    how = f"interval by inverting a test, from 0 where chance explains it (p > {ALPHA:.2f} {ADJUSTED})"
    if interval is None:
        how = f"no interval, as there are fewer than {LEAST_ITEMS}"
    told = f"{first}tunecard.metrics.reliability.calibration_error, {BINS} equal-mass bins, {how}; {_counted(found)}"
    return [
        measured(id, ece, name=name, n=n, interval=interval, level=_level(interval), method=told, **shared),
    ]


def _direction(found: Confidence, unit: Ints, prefix: str, shared: dict[str, Any]) -> list[Finding]:
    """What is stated on average, by how much that is more than comes true, and what ECE chance alone would show."""
    n = len(found.stated)
    if n == 0:
        return []
    sums = np.column_stack([np.ones(n), found.stated - found.is_right])
    gap, interval, how = _mean(SURPLUS, sums, found.row, unit)
    mean, right = float(found.stated.mean()), float(found.is_right.mean())
    chance = mean_error_by_chance(found.stated)
    by = "mean stated probability of an answer"
    return [
        measured(f"{prefix}.stated", mean, name=NAMES["stated"], n=n, method=f"{by}; {_counted(found)}", **shared),
        measured(
            f"{prefix}.answers_right",
            right,
            name=NAMES["answers_right"],
            n=n,
            method=f"share of the answers that is right; {_counted(found)}",
            **shared,
        ),
        measured(
            f"{prefix}.overconfidence",
            gap,
            name=NAMES["overconfidence"],
            n=n,
            interval=interval,
            level=_level(interval),
            method=f"{by} minus the share of right answers, {how}; {_counted(found)}",
            **shared,
        ),
        measured(
            f"{prefix}.ece_by_chance",
            chance,
            name=NAMES["ece_by_chance"],
            n=n,
            method=f"tunecard.metrics.reliability.mean_error_by_chance, {BINS} equal-mass bins; {_counted(found)}",
            **shared,
        ),
    ]


def _mean(measure: Measure, sums: Floats, row: Ints, unit: Ints) -> tuple[float, Interval | None, str]:
    """The mean of (I, 2) items, each a 1 and what it adds, their interval and its method; rows are units."""
    by_row = np.zeros((len(unit), sums.shape[1]))
    np.add.at(by_row, row, sums)
    sample = sample_of(RowCounts.from_rows(by_row).in_units(unit))
    return (float(sample.score(measure)), *measure.interval(sample))


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


def _brier(found: Confidence, unit: Ints, prefix: str, shared: dict[str, Any]) -> Finding:
    id, n = f"{prefix}.brier", len(found.brier)
    if n == 0:
        return not_measured(id, name=NAMES["brier"], reason="undefined: no word was seen", n=0, **shared)
    value, interval, how = _mean(MEAN_BRIER, np.column_stack([np.ones(n), found.brier]), found.brier_row, unit)
    method = f"mean of tunecard.metrics.classification.brier_rows, {how}; n = {found.items}"
    return measured(
        id, value, name=NAMES["brier"], n=n, interval=interval, level=_level(interval), method=method, **shared
    )


def _level(interval: Interval | None) -> float | None:
    return None if interval is None else LEVEL


def _mean_of(key: str, name: str, scale: Scale) -> Measure:
    """The mean of what items add, from sums of 1 and of it."""
    return Measure(
        key,
        name,
        name,
        "counts.ratio",
        lambda totals: ratio(totals[..., 1], totals[..., 0]),
        lambda totals: float(totals[0]),
        "items",
        lambda totals: "undefined: no items",
        scale=scale,
    )


SURPLUS = _mean_of("overconfidence", NAMES["overconfidence"], PLAIN)
MEAN_BRIER = _mean_of("brier", NAMES["brier"], LOG)
