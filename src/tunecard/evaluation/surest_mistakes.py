"""Wrong answers that were stated with the highest probability, how many are, and of amounts those furthest off."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunecard.evaluation.abstention import UNSTATED, stated_answers
from tunecard.evaluation.scored import Scored
from tunecard.evaluation.shares import how_drawn, share_of
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.metrics.intervals import LEVEL
from tunecard.tasks.confidence import Confidence
from tunecard.tasks.scoring import Scoring

SURE = 0.9
SHOWN = 10


def judge_mistakes(folder: RunFolder, scoring: Scoring, adapter: Scored) -> list[Finding]:
    """`results.<split>.surest_mistakes` and `.sure_mistakes`; of amounts `.largest_errors`.

    Raises: RunFolderError: probabilities do not fit the labels or do not sum to 1.
    """
    found = stated_answers(folder, scoring, adapter)
    shared: dict[str, Any] = {"split": adapter.split, "source": adapter.source}
    ids = [f"results.{adapter.split}.{key}" for key in ("surest_mistakes", "sure_mistakes")]
    if found is None or not len(found.stated):
        why = UNSTATED if found is None else found.nothing
        return [*(not_measured(id, reason=why, **shared) for id in ids), *_largest_errors(scoring, adapter, shared)]
    wrong = np.flatnonzero(~found.is_right)
    return [_surest(ids[0], found, adapter, wrong, shared), _share(ids[1], found, adapter, wrong, shared)]


def _surest(id: str, found: Confidence, adapter: Scored, wrong: Any, shared: dict[str, Any]) -> Finding:
    rows = np.array([adapter.predictions.rows[row] for row in found.row[wrong].tolist()], dtype=np.int64)
    order = wrong[np.lexsort((wrong, rows, -found.stated[wrong]))][:SHOWN].tolist()
    records: list[Any] = [
        {
            "row": adapter.predictions.rows[int(found.row[one])],
            **found.told(one),
            "probability": float(found.stated[one]),
        }
        for one in order
    ]
    stated_as = f"; {found.stated_as}" if found.stated_as else ""
    how = f"wrong answers, the surest first, at most {SHOWN}; rows and words count from 0{stated_as}"
    return measured(id, records, n=len(wrong), method=f"{how}; n = wrong {found.answers}", **shared)


def _share(id: str, found: Confidence, adapter: Scored, wrong: Any, shared: dict[str, Any]) -> Finding:
    if not len(wrong):
        return not_measured(id, reason="undefined: no answer is wrong", n=0, **shared)
    is_sure = found.stated[wrong] > SURE
    interval = share_of(is_sure, adapter, found.row[wrong]).interval()
    return measured(
        id,
        float(is_sure.mean()),
        n=len(wrong),
        interval=interval,
        level=None if interval is None else LEVEL,
        method=f"share of the wrong answers whose stated probability is above {SURE:g}, "
        f"{how_drawn(adapter, found.row[wrong])}; n = wrong {found.answers}",
        **shared,
    )


def _largest_errors(scoring: Scoring, adapter: Scored, shared: dict[str, Any]) -> list[Finding]:
    """Where answers are amounts, those that are furthest from the given ones."""
    if scoring.distance is None:
        return []
    said = adapter.predictions
    pairs = zip(said.rows, said.labels, said.predictions, strict=True)
    records: list[Any] = [
        {"row": row, "right": right, "given": given, "error": scoring.distance(right, given)}
        for row, right, given in pairs
    ]
    furthest = sorted(records, key=lambda one: (-one["error"], one["row"]))[:SHOWN]
    how = f"distance from the given number, the furthest first, at most {SHOWN}; rows count from 0; n = rows"
    return [measured(f"results.{adapter.split}.largest_errors", furthest, n=len(said), method=how, **shared)]
