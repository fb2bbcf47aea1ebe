"""Do findings that follow from other findings follow? Epochs of the curve, speeds, seeds, what the card counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from tunecard import card
from tunecard.card.naming import run_name
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import gaps, is_equal, known, shown
from tunecard.metrics.election import Keep, elect
from tunecard.verification.report import Check, judged
from tunecard.verification.told_readings import reading_problems
from tunecard.verification.told_shares import share_problems
from tunecard.verification.told_speeds import speed_problems

NAME = "arithmetic"
RELATIVE = 1e-6
INPUTS = {
    "training.epochs_run": "training.curve",
    "training.steps": "training.curve",
    "training.best_epoch": "training.curve",
    "training.best_validation": "training.curve",
    "training.tokens_per_second": "n / training.seconds",
    "training.rows_per_second": "n / training.seconds",
    "environment.hours": "run.seconds",
    "training.seeds_summary": "training.seeds",
    "run.name": "the names of data, base and method",
    "run.tunecard_version": "software.tunecard",
}


def check_arithmetic(folder: RunFolder, findings: Findings) -> Check:
    """Sums, rates and counts that are recorded beside what they were made of."""
    follows = _of_curve(findings) | _of_time(findings) | _of_seeds(findings) | _of_card(findings) | _of_names(findings)
    follows |= _of_targets(findings)
    expected = known(findings, follows)
    problems = []
    for id, value in expected.items():
        recorded = findings.value(id)
        scale = abs(value) * RELATIVE if isinstance(value, float) else 0.0
        if not is_equal(recorded, value, max(scale, 1e-9)):
            problems.append(f"{id} is {shown(recorded)}, {INPUTS.get(id, 'all findings')} give {shown(value)}")
    problems += [
        f"{id} is not measured, {INPUTS.get(id, 'all findings')} give {shown(follows[id])}"
        for id in gaps(findings, follows)
    ]
    problems += [*_outside(findings), *_miscounted(findings), *_moved_wrongly(findings), *share_problems(findings)]
    problems += [*speed_problems(findings), *reading_problems(findings)]
    return judged(NAME, problems, f"{len(expected)} findings follow from others as they should", expected)


def _of_curve(findings: Findings) -> dict[str, Any]:
    curve = findings.value("training.curve")
    if not isinstance(curve, list) or not all(isinstance(record, dict) for record in curve) or not curve:
        return {}
    learned = [record for record in curve if record.get("epoch") != 0]  # epoch 0 is the start
    expected: dict[str, Any] = {"training.epochs_run": len(learned), "training.steps": curve[-1].get("step")}
    kept = _elected(findings, curve)
    if kept is not None:
        expected["training.best_epoch"] = kept.get("epoch")
        expected["training.best_validation"] = kept["validation_metric"]
    return {id: value for id, value in expected.items() if value is not None}


def _elected(findings: Findings, curve: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The line of the epoch that the rule of the run keeps; None where no score is told that chose."""
    scored = [line for line in curve if _is_number(line.get("validation_metric"))]
    settings = findings.value("training.hyperparameters")
    keep: Any = settings.get("keep", "best") if isinstance(settings, dict) else "best"
    if not scored or keep not in get_args(Keep):
        return None
    if keep != "last" and findings.value("training.best_metric") == "loss":
        return None
    is_told = not isinstance(settings, dict) or "keep" not in settings  # by a Trainer, which may count otherwise
    if is_told and sum(line.get("epoch") == findings.value("training.best_epoch") for line in curve) != 1:
        return None
    sign = -1 if is_told and _counts_down(findings, settings) else 1
    scores = [sign * line["validation_metric"] for line in scored]
    errors = [error if _is_number(error := line.get("validation_error")) else None for line in scored]
    return scored[elect(scores, errors, keep)]


def _counts_down(findings: Findings, settings: Any) -> bool:
    """Whether a Trainer chose the lowest value: of a loss, or as its settings say."""
    told = settings.get("greater_is_better") if isinstance(settings, dict) else None
    return not told if isinstance(told, bool) else str(findings.value("training.best_metric")).endswith("loss")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _of_time(findings: Findings) -> dict[str, Any]:
    expected: dict[str, Any] = {}
    seconds = findings.value("training.seconds")
    for id in ("training.tokens_per_second", "training.rows_per_second"):
        finding = findings.get(id)
        if finding is not None and finding.n is not None and isinstance(seconds, int | float) and seconds > 0:
            expected[id] = finding.n / max(float(seconds), 1e-9)
    whole = findings.value("run.seconds")
    if isinstance(whole, int | float):
        expected["environment.hours"] = whole / 3600
    return expected


def _of_seeds(findings: Findings) -> dict[str, Any]:
    seeds = findings.value("training.seeds")
    records = [record for record in seeds if isinstance(record, dict)] if isinstance(seeds, list) else []
    scores = [record["test"] for record in records if isinstance(record.get("test"), int | float)]
    if len(scores) < 2:
        return {}
    told = {"mean": sum(scores) / len(scores), "lowest": min(scores), "highest": max(scores)}
    return {"training.seeds_summary": told}


def _of_names(findings: Findings) -> dict[str, Any]:
    """What the run is called, and the version that wrote it, which stands among the packages too."""
    named = {"run.name": run_name(findings)} if findings.value("run.renderer_version") == card.RENDERER_VERSION else {}
    version = findings.value("software.tunecard")
    return named | ({"run.tunecard_version": version} if isinstance(version, str) else {})


def _of_targets(findings: Findings) -> dict[str, Any]:
    """Own score minus published score, for each that a recipe names."""
    return {f"{target.id}.difference": own.value - target.value["value"] for target, own in _beside_targets(findings)}


def _moved_wrongly(findings: Findings) -> list[str]:
    """Intervals of such differences that are not those of the own scores, moved."""
    return [
        f"{id} has the interval {shown(findings[id].interval)}, that of {own.id} gives {shown(ends)}"
        for target, own in _beside_targets(findings)
        for id in [f"{target.id}.difference"]
        for ends in [None if own.interval is None else [end - target.value["value"] for end in own.interval]]
        if id in findings and not is_equal(findings[id].interval, ends)
    ]


def _beside_targets(findings: Findings) -> Iterator[tuple[Any, Any]]:
    """Each published score with the own score that it is set beside, where there is one."""
    for target in findings.under("target"):
        said = target.value
        if not isinstance(said, dict) or not _is_number(said.get("value")):
            continue
        own = findings.get(f"results.{said.get('split')}.{said.get('metric')}")
        if own is not None and _is_number(own.value):
            yield target, own


def _outside(findings: Findings) -> list[str]:
    """Times whose middle lies outside their own range."""
    return [
        f"{finding.id} is {shown(finding.value)}, and its range is {shown(finding.interval)}"
        for finding in findings.under("prediction")
        if finding.interval is not None
        and isinstance(finding.value, int | float)
        and not finding.interval[0] <= finding.value <= finding.interval[1]
    ]


def _miscounted(findings: Findings) -> list[str]:
    """Lists of seeds that hold another number of them than is told."""
    seeds = findings.get("training.seeds")
    if seeds is None or seeds.n is None or not isinstance(seeds.value, list) or len(seeds.value) == seeds.n:
        return []
    return [f"training.seeds is of {seeds.n} seeds, and tells of {len(seeds.value)}"]


def _of_card(findings: Findings) -> dict[str, Any]:
    if findings.value("run.renderer_version") != card.RENDERER_VERSION:
        return {}
    try:
        return {finding.id: finding.value for finding in card.count_card(findings)}
    except Exception:  # noqa: BLE001 the check of the card says what the renderer trips over
        return {}
