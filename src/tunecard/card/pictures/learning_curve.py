"""The learning curve: losses and the validation metric by epoch, and which epoch was kept."""

from __future__ import annotations

from collections.abc import Callable

from tunecard.card import facts
from tunecard.card.numbers import plain_number, score, significant
from tunecard.evidence import Findings

LEAST_EPOCHS = 2
MOST_TOLD = 12
LOSSES = (("train_loss", "training loss"), ("validation_loss", "validation loss"))
METRIC = "validation_metric"


def curve_of(findings: Findings) -> list[dict[str, float]]:
    """The epochs of the learning curve: every record with an epoch and a loss or a metric."""
    keys = ("epoch", *(key for key, _ in LOSSES), METRIC)
    records = facts.records_of(findings, "training.curve")
    curve = [{key: float(r[key]) for key in keys if isinstance(r.get(key), int | float)} for r in records]
    return [record for record in curve if "epoch" in record and len(record) > 1]


def points_of(curve: list[dict[str, float]], key: str) -> list[tuple[float, float]]:
    """(epoch, value) of every epoch that has this value."""
    return [(record["epoch"], record[key]) for record in curve if key in record]


def metric_of(findings: Findings) -> str:
    """What the validation metric is called inside a sentence."""
    return facts.metric_phrase(str(findings.value("training.best_metric", "score")))


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return ["training.curve", "training.best_epoch", "training.best_metric"]


def words(findings: Findings) -> str:
    """Every epoch up to 12, else where each line begins, is best and ends."""
    curve = curve_of(findings)
    if len(curve) < LEAST_EPOCHS:
        return ""
    said = [f"Learning curve over {len(curve)} epochs."]
    for key, what in LOSSES:
        said += _course(what, points_of(curve, key), significant, min)
    said += _course(f"validation {metric_of(findings)}", points_of(curve, METRIC), score, max)
    best = facts.value_of(findings, "training.best_epoch")
    return " ".join(said + ([f"Epoch {plain_number(best)} was kept."] if best is not None else []))


Best = Callable[[list[float]], float]


def _course(what: str, points: list[tuple[float, float]], shown: Callable[[float], str], best: Best) -> list[str]:
    if not points:
        return []
    values = [value for _, value in points]
    name = what[0].upper() + what[1:]
    if len(points) <= MOST_TOLD:
        return [f"{name} by epoch: {', '.join(map(shown, values))}."]
    top = best(values)
    at = plain_number(points[values.index(top)][0])
    word = "lowest" if best is min else "highest"
    return [f"{name} from {shown(values[0])} to {shown(values[-1])}, {word} {shown(top)} at epoch {at}."]
