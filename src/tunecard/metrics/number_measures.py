"""The scores of one number a row."""

from __future__ import annotations

import math

from tunecard.metrics import numbers
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure
from tunecard.metrics.scales import FISHER, OPEN_FISHER, OPEN_LOG

ROWS = "rows"


def _rows(totals: Floats) -> float:
    return float(totals[numbers.ROWS])


def _no_rows(totals: Floats) -> str:
    return "undefined: no rows"


def _constant(totals: Floats) -> str:
    return "undefined: the numbers of one side are all the same"


PEARSON = Measure(
    "pearson",
    "Pearson correlation",
    "how closely predicted numbers follow the given ones on a line: 1 perfect, 0 not at all, -1 reversed.",
    "numbers.pearson",
    numbers.pearson,
    _rows,
    ROWS,
    _constant,
    scale=OPEN_FISHER,
    hub="pearsonr",
    least=-1.0,
    is_proper=True,
)
SPEARMAN = Measure(
    "spearman",
    "Spearman correlation",
    "the same of the ranks: how well the order is kept, whatever the distances.",
    "numbers.spearman_of_rows",
    numbers.pearson,  # of sums nothing can be ranked: `of_rows` is asked instead
    _rows,
    ROWS,
    _constant,
    of_rows=numbers.spearman_of_rows,
    scale=FISHER,
    hub="spearmanr",
    least=-1.0,
    is_proper=True,
)
MSE = Measure(
    "mse",
    "Mean squared error",
    "mean of the squared differences from the given numbers; lower is better.",
    "numbers.mean_squared_error",
    numbers.mean_squared_error,
    _rows,
    ROWS,
    _no_rows,
    scale=OPEN_LOG,
    hub="mse",
    is_error=True,
    most=math.inf,
)
MAE = Measure(
    "mae",
    "Mean absolute error",
    "mean distance from the given numbers; lower is better.",
    "numbers.mean_absolute_error",
    numbers.mean_absolute_error,
    _rows,
    ROWS,
    _no_rows,
    scale=OPEN_LOG,
    hub="mae",
    is_error=True,
    most=math.inf,
)

NUMBER_MEASURES = (PEARSON, SPEARMAN, MSE, MAE)
