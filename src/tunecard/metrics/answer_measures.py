"""The scores of short answers. Exact match is a share of rows; F1 is a mean over rows, each between 0 and 1."""

from __future__ import annotations

from tunecard.metrics import answers
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Share
from tunecard.metrics.scales import LOGIT

ROWS = "questions"


def _rows(totals: Floats) -> float:
    return float(totals[answers.ROWS])


def _no_rows(totals: Floats) -> str:
    return "undefined: no such question"


EXACT_MATCH = Measure(
    "exact_match",
    "Exact match",
    "share of questions whose answer is a gold answer, case, articles, punctuation and spacing aside (SQuAD's rule).",
    "answers.share_exact",
    answers.share_exact,
    _rows,
    ROWS,
    _no_rows,
    share=Share(lambda totals: (totals[..., answers.EXACT], totals[..., answers.ROWS])),
    hub="exact_match",
)
ANSWER_F1 = Measure(
    "f1",
    "F1 of answer words",
    "mean over questions of the overlap of the words of the given answer with those of the nearest gold answer, as "
    "harmonic mean of precision and recall (SQuAD's rule).",
    "answers.mean_f1",
    answers.mean_f1,
    _rows,
    ROWS,
    _no_rows,
    scale=LOGIT,
    hub="f1",
    is_proper=True,
)

ANSWER_MEASURES = (ANSWER_F1, EXACT_MATCH)
