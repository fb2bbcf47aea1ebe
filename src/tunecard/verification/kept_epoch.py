"""Does the epoch that was kept answer validation as its curve says? Score and loss, from the predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tunecard.errors import RunFolderError
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.comparing import shown
from tunecard.evidence.conditions import was_completed
from tunecard.metrics.counts import Floats, Ints
from tunecard.metrics.temperature import undo_temperature
from tunecard.tasks import task_of
from tunecard.verification.report import Check, judged

NAME = "kept epoch"
SPLIT = "validation"
RESCORED, BEST, LOSS = "training.rescored_validation", "training.best_validation", "training.curve"
NLL = {"calibration.validation.nll_before": False, "calibration.validation.nll_after": True}
FLIPS = 2  # answers that fell the other way in half precision
FULL, COARSE = 2e-3, 3e-2  # relative: fp32 stored and computed twice; training in half precision


def check_kept_epoch(folder: RunFolder, findings: Findings) -> Check:
    """The validation score, loss and likelihood of what was kept, beside what the saved adapter answers there."""
    if was_completed(findings) or not isinstance(findings.value(RESCORED), int | float):
        return Check(NAME, True, "no training of this run is told")
    # No score is called loss: where the loss chose, the curve's is held to that of the predictions, below.
    chose = findings.value("training.best_metric")
    is_scored = findings.under(f"results.{SPLIT}") if chose == "loss" else f"results.{SPLIT}.{chose}" in findings
    if not is_scored:
        return Check(NAME, False, f"{RESCORED} is told, and nothing of how the saved adapter answers {SPLIT}")
    if not folder.predictions(SPLIT).is_file():
        return Check(NAME, True, "validation is not predicted in this folder: the curve stands alone")
    averaged = findings.value("training.soup") is not None
    problems, covered = list(_rescored(findings, averaged=averaged)), {RESCORED}
    problems += [] if averaged else _shipped_seed(findings)
    seen, stored = _decisions(folder, findings), _stored(findings)
    if seen is not None:
        expected = _likelihoods(findings, *seen, averaged=averaged)
        as_learned = _decisions(folder, findings, stored) if stored and LOSS in expected else None
        if as_learned is not None:
            expected[LOSS] = _likelihoods(findings, *as_learned, averaged=averaged)[LOSS]
        problems += _apart(findings, expected)
        covered |= expected.keys() & {finding.id for finding in findings}
    return judged(NAME, problems, "the saved adapter answers validation as the epoch that was kept did", covered)


def _shipped_seed(findings: Findings) -> Iterator[str]:
    """The scores of the seed that was kept are those of the saved adapter."""
    seeds, seed = findings.value("training.seeds"), findings.value("training.seed")
    lines = [line for line in seeds if isinstance(line, dict)] if isinstance(seeds, list) else []
    kept = next((line for line in lines if line.get("seed") == seed), None)
    if kept is None:
        return
    for split in (SPLIT, "test"):
        scored = findings.get(f"results.{split}.{findings.value('training.best_metric')}")
        told, value = kept.get(split), scored.value if scored is not None else None
        if not isinstance(told, int | float) or not isinstance(value, int | float):
            continue
        if abs(told - value) > _allowed(findings, scored):
            yield f"training.seeds has {shown(told)} of {split} for seed {seed}, results.{split} says {shown(value)}"


def _allowed(findings: Findings, scored: Finding | None) -> float:
    """How far a score may be from itself, computed again in another precision."""
    if not _is_coarse(findings):
        return FULL
    return max(COARSE, FLIPS / scored.n if scored is not None and scored.n else 0.0)


def _rescored(findings: Findings, *, averaged: bool) -> Iterator[str]:
    metric, told = findings.value("training.best_metric"), findings.value(RESCORED)
    stored = _stored(findings)
    scored = findings.get(f"on_base.{stored}.{SPLIT}.{metric}" if stored else f"results.{SPLIT}.{metric}")
    allowed = _allowed(findings, scored)
    if scored is not None and isinstance(scored.value, int | float) and abs(scored.value - told) > allowed:
        yield f"{RESCORED} is {shown(told)}, {scored.id} is {shown(scored.value)}"
    best = findings.value(BEST)
    if isinstance(best, int | float) and not averaged and abs(best - told) > allowed * max(1.0, abs(best)):
        yield f"{BEST} is {shown(best)}, {RESCORED} is {shown(told)}"


def _is_coarse(findings: Findings) -> bool:
    return bool(findings.value("training.precision") != "fp32")


def _stored(findings: Findings) -> str | None:
    """How the base was stored that the epochs were scored on, where that is not the one as published."""
    base = findings.value("training.base_weights")
    return str(base.get("stored")) if isinstance(base, dict) else None


def _decisions(folder: RunFolder, findings: Findings, predictor: str | None = None) -> tuple[Floats, Ints] | None:
    """Probabilities (N, K) and gold ids (N,) of every decision; None where rows have none, or are not labelled."""
    task = task_of(findings)
    try:
        rows = folder.read_predictions(SPLIT, predictor)
    except RunFolderError:
        return None
    if task is None or len(task.labels) < 2 or rows.probabilities is None:
        return None
    ids = {label: number for number, label in enumerate(task.labels)}
    pairs = zip(rows.labels, rows.probabilities, strict=True)
    known = [decision for label, likely in pairs for decision in task.scoring.decided(label, likely, ids)]
    if not known or len({len(likely) for _, likely in known}) > 1 or len(known[0][1]) not in (2, len(ids)):
        return None
    return np.array([likely for _, likely in known], dtype=np.float64), np.array([label for label, _ in known])


def _likelihoods(findings: Findings, likely: Floats, gold: Ints, *, averaged: bool) -> dict[str, float]:
    """Record id to mean negative log-likelihood, as trained and as saved."""
    temperature = findings.value("training.temperature")
    as_trained = undo_temperature(likely, float(temperature)) if isinstance(temperature, int | float) else likely
    before, after = _nll(as_trained, gold), _nll(likely, gold)
    expected = {id: after if is_after else before for id, is_after in NLL.items()} if temperature is not None else {}
    return expected if averaged or not _is_plain(findings) else {**expected, LOSS: before}


def _nll(likely: Floats, gold: Ints) -> float:
    least = np.finfo(np.float32).tiny
    return float(-np.log(np.maximum(likely[np.arange(len(gold)), gold], least)).mean())


def _is_plain(findings: Findings) -> bool:
    """Whether one line of the curve is the kept epoch's, and tells of its loss."""
    return [line.get("epoch") for line in _curve(findings)].count(findings.value("training.best_epoch")) == 1


def _curve(findings: Findings) -> list[dict[str, Any]]:
    curve = findings.value(LOSS)
    return [line for line in curve if isinstance(line, dict)] if isinstance(curve, list) else []


def _apart(findings: Findings, expected: dict[str, float]) -> Iterator[str]:
    allowed = COARSE if _is_coarse(findings) else FULL
    for id, value in expected.items():
        told = findings.value(id)
        what = id
        if id == LOSS:
            line = next(line for line in _curve(findings) if line.get("epoch") == findings.value("training.best_epoch"))
            told, what = line.get("validation_loss"), f"the validation loss of epoch {line.get('epoch')} ({LOSS})"
        is_number = isinstance(told, int | float) and math.isfinite(told)
        if is_number and abs(told - value) > allowed * max(1.0, abs(value)):
            yield f"{what} is {told:.5g}, the predictions of {SPLIT} give {value:.5g}"
