"""Keeping back what it is least sure of: risk against coverage, its area, and thresholds that hold a stated risk."""

from __future__ import annotations

from typing import Any

from tunecard.evaluation.scored import Scored, score_file, stated_by
from tunecard.evaluation.shares import how_drawn, share_of
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.metrics.counts import Floats
from tunecard.metrics.estimates import Estimate, estimate_scaled
from tunecard.metrics.intervals import LEVEL
from tunecard.metrics.scales import LOGIT
from tunecard.metrics.selective import area_under_risk_coverage, coverage_thresholds
from tunecard.tasks.confidence import Confidence
from tunecard.tasks.scoring import Scoring

RISKS = (0.01, 0.05, 0.10)
CHOOSES = "validation"
ALPHA = 1 - LEVEL
KEYS = ("risk_coverage", "aurc", "abstention")
UNSTATED = "its answers come without a probability that could be compared, so that none can be kept back"


def judge_abstention(folder: RunFolder, scoring: Scoring, adapter: Scored) -> list[Finding]:
    """`results.<split>.risk_coverage`, `.aurc` and, on every split but validation, `.abstention`.

    Raises: RunFolderError: probabilities do not fit the labels or do not sum to 1.
    """
    keys = [key for key in KEYS if key != "abstention" or adapter.split != CHOOSES]
    found = stated_answers(folder, scoring, adapter)
    if found is None or not len(found.stated):
        why = UNSTATED if found is None else found.nothing
        return [_gap(adapter, key, why) for key in keys]
    shared = {"split": adapter.split, "source": adapter.source, "n": len(found.stated)}
    findings = [_curve(found, adapter, shared), _area(found, adapter, shared)]
    return findings if adapter.split == CHOOSES else [*findings, _thresholds(folder, scoring, found, adapter)]


def stated_answers(folder: RunFolder, scoring: Scoring, scored: Scored) -> Confidence | None:
    """Answers with their stated probabilities; None where none could be compared."""
    flat = folder.read_probabilities(scored.split)
    return None if flat is None else stated_by(scoring, scored, flat)


def _curve(found: Confidence, adapter: Scored, shared: dict[str, Any]) -> Finding:
    points = [_point(found, adapter, threshold) for threshold in coverage_thresholds(found.stated).tolist()]
    how = f"answers of at least each stated probability; {_how(found, adapter)}"
    return measured(_id(adapter, "risk_coverage"), points, method=how, **shared)


def _point(found: Confidence, adapter: Scored, threshold: float) -> dict[str, Any]:
    """The risk and the coverage of the answers that reach a threshold."""
    given = found.stated >= threshold
    values: dict[str, Any] = {
        "threshold": threshold,
        "coverage": float(given.mean()),
        "risk": float((~found.is_right[given]).mean()) if given.any() else None,
        "answered": int(given.sum()),
    }
    for name, estimate in (("risk", _risk(found, adapter, given)), ("coverage", _coverage(found, adapter, given))):
        interval = estimate.interval()
        values[f"{name}_interval"] = None if interval is None else list(interval)
    return values


def _area(found: Confidence, adapter: Scored, shared: dict[str, Any]) -> Finding:
    spread = area_under_risk_coverage(found.stated, found.is_right, adapter.units[found.row])
    estimate = estimate_scaled(spread, LOGIT, "groups of rows" if adapter.has_groups else "rows")
    interval = estimate.interval()
    return measured(
        _id(adapter, "aurc"),
        spread.value,
        interval=interval,
        level=None if interval is None else LEVEL,
        method="tunecard.metrics.selective.area_under_risk_coverage, "
        f"{estimate.how.replace('jackknife', 'infinitesimal jackknife')}; n = {found.answers}",
        **shared,
    )


def _thresholds(folder: RunFolder, scoring: Scoring, found: Confidence, adapter: Scored) -> Finding:
    """For each stated risk the threshold that validation chose, and what it comes to here."""
    if not folder.predictions(CHOOSES).is_file():
        return _gap(adapter, "abstention", f"the predictions of {CHOOSES}, which would choose them, are not at hand")
    chooser = score_file(folder, scoring, CHOOSES)
    chosen_by = stated_answers(folder, scoring, chooser)
    if chosen_by is None or not len(chosen_by.stated):
        return _gap(adapter, "abstention", f"no answer on {CHOOSES} states a probability")
    candidates = coverage_thresholds(chosen_by.stated)
    records = []
    for risk in RISKS:
        threshold = lowest_threshold(chosen_by, chooser, candidates, risk)
        held = {} if threshold is None else _point(found, adapter, threshold)
        records.append({"at_most": risk, "threshold": threshold, **held})
    how = (
        f"the lowest of {len(candidates)} thresholds on the {len(chosen_by.stated)} {found.answers} of {CHOOSES} under "
        f"which its risk is below the stated one: one-sided test, {ALPHA:.2f} shared among them (Bonferroni); "
        f"{CHOOSES} may have chosen the epoch and the temperature too, {adapter.split} chose nothing here; "
        f"{_how(found, adapter)}"
    )
    shared = {"split": adapter.split, "source": adapter.source, "n": len(found.stated)}
    return measured(_id(adapter, "abstention"), records, method=how, **shared)


def lowest_threshold(found: Confidence, scored: Scored, candidates: Floats, risk: float) -> float | None:
    """The lowest candidate whose given answers are wrong less often than `risk`; None where none is shown to be.

    All candidates together err at `ALPHA`: Bonferroni, as in Learn then Test (Angelopoulos et al. 2021,
    arXiv:2110.01052).
    """
    for threshold in sorted(candidates.tolist()):
        chance = _risk(found, scored, found.stated >= threshold).chance_below(risk)
        if chance is not None and chance <= ALPHA / len(candidates):
            return float(threshold)
    return None


def _risk(found: Confidence, scored: Scored, given: Any) -> Estimate:
    """The share of the given answers that is wrong, with its error."""
    return share_of(~found.is_right[given], scored, found.row[given])


def _coverage(found: Confidence, scored: Scored, given: Any) -> Estimate:
    return share_of(given, scored, found.row)


def _how(found: Confidence, adapter: Scored) -> str:
    stated_as = f"{found.stated_as}; " if found.stated_as else ""
    wilson = how_drawn(adapter, found.row).replace("Wilson", "Wilson intervals")
    return f"risk = wrong answers / given ones, coverage = given / all; {wilson}; {stated_as}n = {found.answers}"


def _gap(adapter: Scored, key: str, why: str) -> Finding:
    return not_measured(_id(adapter, key), reason=why, split=adapter.split, source=adapter.source)


def _id(adapter: Scored, key: str) -> str:
    return f"results.{adapter.split}.{key}"
