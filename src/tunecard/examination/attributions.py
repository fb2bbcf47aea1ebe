"""What words an answer rests on: integrated gradients, how far they can be trusted, and the words that tell most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tunecard.errors import MachineError
from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination import explaining, faithfulness
from tunecard.examination.explaining import STEPS, Asked, attributions, draw_answers
from tunecard.examination.integrated_gradients import RULE, Attribution
from tunecard.examination.subject import Subject
from tunecard.examination.telling_words import LEAST_ROWS, telling_words
from tunecard.tasks.explained import explained_as

ATTRIBUTIONS, FAITHFULNESS = "examination.attributions", "examination.faithfulness"
TELLING = "examination.telling_words"
IDS = (ATTRIBUTIONS, FAITHFULNESS, TELLING)
FEWEST, MOST = 10, 100  # rows
SPARE = 40  # passes that find out which rows have no answer
CONVERGED = 0.05  # of the rise of the score: by more, attributions fail to add up
PASSES = explaining.PASSES + faithfulness.PASSES


class Attributions:
    """Integrated gradients of answers by captum, beside random attributions.

    Source: Sundararajan et al. 2017 (integrated gradients), DeYoung et al. 2020 (comprehensiveness, sufficiency).
    """

    name = "attributions"

    def price(self, subject: Subject) -> int:
        """Steps forward and backward, both ends, and the rows with words masked, of at most 100 rows."""
        can_ask = subject.tokenizer is not None and len(subject.rows) >= FEWEST
        return 1 + (1 + PASSES) * min(len(subject.rows), MOST) if can_ask else 0

    def least(self, subject: Subject) -> int:
        """With fewer rows no interval can be told."""
        return min(self.price(subject), 1 + (1 + PASSES) * FEWEST + SPARE)

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.attributions`, `.faithfulness` and `.telling_words`."""
        if subject.tokenizer is None or len(subject.rows) < FEWEST:
            reason = "its tokenizer is not at hand" if subject.tokenizer is None else _few(len(subject.rows), "rows")
            return [not_measured(id, reason=reason) for id in IDS]
        if budget < (least := self.least(subject)):
            reason = f"{budget} forward passes are too few, and {least} the least; raise `evaluation.budget`"
            return [not_measured(id, reason=reason) for id in IDS]
        order = np.random.default_rng(subject.seed).permutation(len(subject.rows)).tolist()
        asked, without = draw_answers(subject, order, MOST, budget - 1, PASSES)
        if len(asked) < FEWEST:
            return [not_measured(id, reason=_few(len(asked), "rows with an answer and two words")) for id in IDS]
        try:
            found = attributions(subject, asked)
        except MachineError as error:
            return [not_measured(id, reason=str(error)) for id in IDS]
        return [
            _summary(subject, asked, found, without),
            _faithful(subject, asked, found),
            _telling(subject, asked, found),
        ]


def _few(rows: int, what: str) -> str:
    return f"{rows} {what}, under {FEWEST}"


def _summary(subject: Subject, asked: Sequence[Asked], found: Sequence[Attribution], without: int) -> Finding:
    deltas = [one.relative_delta for one in found]
    tops = [float(np.abs(one.words).max() / (np.abs(one.words).sum() or 1.0)) for one in found]
    value: dict[str, Any] = {
        "steps": STEPS,
        "median_delta": float(np.median(deltas)),
        "delta_of_95_percent": float(np.quantile(deltas, 0.95)),
        "rows_not_converged": sum(delta > CONVERGED for delta in deltas),
        "median_words": float(np.median([len(one.words) for one in asked])),
        "median_share_of_one_word": float(np.median(tops)),
    }
    left_out = f"; {without} rows without an answer, or of one word, left out" if without else ""
    return measured(
        ATTRIBUTIONS,
        value,
        n=len(asked),
        method=f"captum's IntegratedGradients ({RULE}, {STEPS} steps) on the embeddings of tokens, from the row with "
        f"every word masked, of {explained_as(subject.task)}; one answer a row, drawn by the seed; summed over the "
        "tokens of a word; delta is by how much the attributions of a row miss the rise of its score, as a share of "
        f"that rise; converged where at most {CONVERGED:.0%}; the share of one word is that of the greatest in the "
        f"sum of all, without their signs; n = rows, drawn by the seed{left_out}",
        split=subject.rows.name,
    )


def _faithful(subject: Subject, asked: Sequence[Asked], found: Sequence[Attribution]) -> Finding:
    value: list[Any] = faithfulness.faithfulness(subject, asked, found)
    return measured(
        FAITHFULNESS,
        value,
        n=len(asked),
        method="mean drop of the score where the first words by attribution are masked (comprehensiveness: more is "
        "better), and where all others are (sufficiency: less is better), beside as many words of the same rows drawn "
        "at random; a mean over 10, 20 and 50 % of the words; paired difference, jackknife over rows or groups of rows "
        f"that belong together; p two-sided, adjusted by Holm for {len(faithfulness.MEASURES)} comparisons; n = rows",
        split=subject.rows.name,
    )


def _telling(subject: Subject, asked: Sequence[Asked], found: Sequence[Attribution]) -> Finding:
    if not any(one.answer.label for one in asked):
        return not_measured(TELLING, reason="its answers are no labels that words could be told by")
    value: list[Any] = telling_words(asked, found, shows_text=subject.shows_text)
    if not value:
        return not_measured(TELLING, reason=f"no word stands in {LEAST_ROWS} of the rows that answer one label")
    return measured(
        TELLING,
        value,
        n=len(asked),
        method=f"by the label that is answered, of words in {LEAST_ROWS} of its rows or more: the greatest mean share "
        "of the attribution of a row, signs kept; nothing is tested; n = rows",
        split=subject.rows.name,
    )
