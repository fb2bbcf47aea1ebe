"""The scores of one class a row. Shares of rows get Wilson's interval, the rest a bootstrap over rows."""

from __future__ import annotations

from tunecard.metrics import classification
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import Interval, wilson_f1_interval, wilson_interval
from tunecard.metrics.measure import Measure

ROWS = "rows"
OF_CLASS, AS_CLASS = "rows of the class", "rows predicted as the class"


def _rows(totals: Floats) -> float:
    return float(classification.split_counts(totals)[2].sum())


def _no_rows(totals: Floats) -> str:
    return "undefined: no rows"


def _wilson_accuracy(totals: Floats) -> Interval | None:
    matched, _, gold = classification.split_counts(totals)
    return wilson_interval(float(matched.sum()), float(gold.sum()))


def _constant(totals: Floats) -> str:
    _, predicted, _ = classification.split_counts(totals)
    whose = "predictions" if (predicted > 0).sum() <= 1 else "gold labels"
    return f"undefined: the {whose} are all of one class"


ACCURACY = Measure(
    "accuracy",
    "Accuracy",
    "share of rows with the right label.",
    "classification.accuracy",
    classification.accuracy,
    _rows,
    ROWS,
    _no_rows,
    wilson=_wilson_accuracy,
    is_proportion=True,
    hub="accuracy",
)
MACRO_F1 = Measure(
    "macro_f1",
    "Macro F1",
    "mean of the F1 of all classes, each weighing the same however rare it is.",
    "classification.macro_f1",
    classification.macro_f1,
    _rows,
    ROWS,
    _no_rows,
    hub="f1",
)
MCC = Measure(
    "mcc",
    "Matthews correlation",
    "correlation of true and predicted classes: 1 perfect, 0 no better than chance.",
    "classification.matthews_correlation",
    classification.matthews_correlation,
    _rows,
    ROWS,
    _constant,
    hub="matthews_correlation",
    is_proper=True,
)

# One class: `only_class` leaves (..., 3) counts, so the class is index 0.


def _support(totals: Floats) -> float:
    return float(totals[2])


def _predicted(totals: Floats) -> float:
    return float(totals[1])


def _absent(totals: Floats) -> str:
    if _support(totals) == 0:
        return "undefined: no row of this class in the split"
    return "undefined: no row was predicted as this class"


def _wilson_precision(totals: Floats) -> Interval | None:
    return wilson_interval(float(totals[0]), float(totals[1]))


def _wilson_recall(totals: Floats) -> Interval | None:
    return wilson_interval(float(totals[0]), float(totals[2]))


def _wilson_f1(totals: Floats) -> Interval | None:
    return wilson_f1_interval(float(totals[0]), float(totals[1]), float(totals[2]))


CLASS_MEASURES = (
    Measure(
        "precision",
        "Precision",
        "of the rows predicted as the class, the share that is of it.",
        "classification.class_precision",
        lambda totals: classification.class_precision(totals, 0),
        _predicted,
        AS_CLASS,
        _absent,
        support=_support,
        wilson=_wilson_precision,
        is_proportion=True,
    ),
    Measure(
        "recall",
        "Recall",
        "of the rows of the class, the share predicted as it.",
        "classification.class_recall",
        lambda totals: classification.class_recall(totals, 0),
        _support,
        OF_CLASS,
        _absent,
        wilson=_wilson_recall,
        is_proportion=True,
    ),
    Measure(
        "f1",
        "F1",
        "harmonic mean of precision and recall of the class.",
        "classification.class_f1",
        lambda totals: classification.class_f1(totals, 0),
        _support,
        OF_CLASS,
        _absent,
        wilson=_wilson_f1,
        is_proper=True,
    ),
)
TEXT_MEASURES = (ACCURACY, MACRO_F1, MCC)
