"""The scores of one class a row. Shares of rows get Wilson's interval, the rest one by the jackknife."""

from __future__ import annotations

from tunecard.metrics import classification
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Share, share_of_f1
from tunecard.metrics.scales import FISHER, LOGIT

ROWS = "rows"
OF_CLASS, AS_CLASS = "rows of the class", "rows predicted as the class"
LEAST_OF_A_CLASS = 2  # with fewer the interval holds its level no longer: `benchmarks/coverage.py`


def _rows(totals: Floats) -> float:
    return float(classification.split_counts(totals)[2].sum())


def _no_rows(totals: Floats) -> str:
    return "undefined: no rows"


def _right(totals: Floats) -> tuple[Floats, Floats]:
    matched, _, gold = classification.split_counts(totals)
    return matched.sum(axis=-1), gold.sum(axis=-1)


def _rare_classes(totals: Floats) -> str:
    """Of a class with one row, or none, nobody knows how its F1 would change with other rows."""
    gold = classification.split_counts(totals)[2]
    rare = int((gold < LEAST_OF_A_CLASS).sum())
    return f"{rare} of {len(gold)} classes have fewer than {LEAST_OF_A_CLASS} rows" if rare else ""


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
    share=Share(_right),
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
    scale=LOGIT,
    too_few=_rare_classes,
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
    scale=FISHER,
    hub="matthews_correlation",
    least=-1.0,
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


def _of_class(totals: Floats) -> tuple[Floats, Floats, Floats]:
    return totals[..., 0], totals[..., 1], totals[..., 2]


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
        share=Share(lambda totals: (totals[..., 0], totals[..., 1])),
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
        share=Share(lambda totals: (totals[..., 0], totals[..., 2])),
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
        share=share_of_f1(_of_class),
        is_proper=True,
    ),
)
TEXT_MEASURES = (ACCURACY, MACRO_F1, MCC)
