"""The scores of one class a row. Shares of rows get Wilson's interval, the rest a bootstrap over rows."""

from __future__ import annotations

from tunecard.metrics import classification
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import Interval, wilson_f1_interval, wilson_interval
from tunecard.metrics.measure import Measure

ROWS = "rows"
OF_CLASS = "rows of the class"


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
    "classification.accuracy",
    classification.accuracy,
    _rows,
    ROWS,
    _no_rows,
    wilson=_wilson_accuracy,
    is_proportion=True,
)
MACRO_F1 = Measure("macro_f1", "Macro F1", "classification.macro_f1", classification.macro_f1, _rows, ROWS, _no_rows)
MCC = Measure(
    "mcc",
    "Matthews correlation",
    "classification.matthews_correlation",
    classification.matthews_correlation,
    _rows,
    ROWS,
    _constant,
)

# One class: `only_class` leaves (..., 3) counts, so the class is index 0.


def _support(totals: Floats) -> float:
    return float(totals[2])


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
        "classification.class_precision",
        lambda totals: classification.class_precision(totals, 0),
        _support,
        OF_CLASS,
        _absent,
        wilson=_wilson_precision,
        is_proportion=True,
    ),
    Measure(
        "recall",
        "Recall",
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
        "classification.class_f1",
        lambda totals: classification.class_f1(totals, 0),
        _support,
        OF_CLASS,
        _absent,
        wilson=_wilson_f1,
    ),
)
TEXT_MEASURES = (ACCURACY, MACRO_F1, MCC)
