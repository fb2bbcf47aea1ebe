"""The scores of one rank a row: shares of rows get Wilson's interval, the mean one by the jackknife."""

from __future__ import annotations

from functools import partial

from tunecard.metrics import retrieval
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Share
from tunecard.metrics.scales import LOGIT

ROWS = "rows"


def _rows(totals: Floats) -> float:
    return float(totals[retrieval.ROWS])


def _no_rows(totals: Floats) -> str:
    return "undefined: no rows"


def _hits(totals: Floats, depth: int) -> tuple[Floats, Floats]:
    return totals[..., retrieval.HITS[depth]], totals[..., retrieval.ROWS]


def _recall(depth: int, meaning: str) -> Measure:
    return Measure(
        f"recall_at_{depth}",
        f"Recall at {depth}",
        meaning,
        "retrieval.recall",
        partial(retrieval.recall, depth=depth),
        _rows,
        ROWS,
        _no_rows,
        share=Share(partial(_hits, depth=depth)),
    )


RECALL_AT_1 = _recall(1, "share of texts whose partner is the nearest of all candidates.")
RECALL_AT_5 = _recall(5, "share of texts whose partner is among the five nearest candidates.")
RECALL_AT_10 = _recall(10, "share of texts whose partner is among the ten nearest candidates.")
MRR = Measure(
    "mrr",
    "Mean reciprocal rank",
    "mean of one over the place at which the partner stands among all candidates: 1 where it is always the nearest.",
    "retrieval.mean_reciprocal_rank",
    retrieval.mean_reciprocal_rank,
    _rows,
    ROWS,
    _no_rows,
    scale=LOGIT,
)

RANK_MEASURES = (MRR, RECALL_AT_1, RECALL_AT_5, RECALL_AT_10)
