"""The adapter beside baselines and controls on the same rows, from their prediction files alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.counted import counted, one_of
from tunecard.evaluation.differences import chance_apart
from tunecard.evaluation.flipped import count_flips
from tunecard.evaluation.moved import judge_moved, name_of_probe
from tunecard.evaluation.report import SECTION, FindingScope, report, report_difference
from tunecard.evaluation.scored import Scored, align, score_file
from tunecard.evaluation.undoubted import judge_undoubted
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.metrics.intervals import mcnemar_exact
from tunecard.metrics.measure import Rows, Sample
from tunecard.tasks import Task
from tunecard.tasks.baselines import CONTROLS, IN_INT8, STORED_BASES

Chances = dict[str, float | None]
IsRight = Callable[[list[Any], list[Any]], NDArray[np.bool_]]


def compare_predictors(
    folder: RunFolder, task: Task, adapter: Scored, others: Sequence[str]
) -> tuple[list[Finding], Chances]:
    """Scores of each other predictor of the split, and the adapter's scores minus its, row by row; and how far its
    answers are from those of a probe of the frozen base, and its score without rows whose label that probe doubts.

    Returns: the findings, and the p value of the difference that each predictor is judged by.
    Raises: RunFolderError: a file is broken or does not hold the adapter's rows.
    """
    findings: list[Finding] = []
    chances: Chances = {}
    probe, named = None, name_of_probe(task)
    with counted("Beside the simple things", len(others), "compared") as count:
        for predictor in others:
            with one_of(count, predictor):
                other = align(score_file(folder, task.scoring, adapter.split, predictor), adapter)
                found, chance = _compare(task, adapter, other, predictor)
                findings += found
                chances |= chance
                probe = other if predictor == named else probe
    moved = judge_moved(task, adapter, probe, named)
    return [*findings, *moved, *judge_undoubted(task.scoring, adapter, probe)], chances


def _compare(task: Task, adapter: Scored, other: Scored, predictor: str) -> tuple[list[Finding], Chances]:
    baseline = next((one for one in task.baselines if one.name == predictor), None)
    called = baseline.title if baseline else (CONTROLS | STORED_BASES).get(predictor, predictor)
    split, family = adapter.split, "baseline" if baseline else "on_base" if predictor in STORED_BASES else "control"
    own = FindingScope(f"{family}.{predictor}.{split}", split, other.source, about=called)
    gap = FindingScope(f"difference.{predictor}.{split}", split, other.source, about=f"adapter minus {called}")
    rows = Rows(adapter.counts.beside(other.counts))
    columns = adapter.counts.values.shape[1]
    ours, theirs = Sample(rows, (0, columns)), Sample(rows, (columns, None))
    measures, is_right = task.scoring.measures, task.scoring.is_right
    findings = [
        *(report(measure, own, theirs) for measure in measures),
        *(report_difference(measure, gap, ours, theirs) for measure in measures),
        *([] if is_right is None else [_mcnemar(is_right, adapter, other, gap)]),
        *(count_flips(task, adapter, other, gap) if predictor == IN_INT8 else []),
    ]
    known = [measure for measure in measures if measure.value(theirs) is not None]
    judged = [measure for measure in known if measure.key == task.scoring.headline.key] or known[-1:]
    return findings, {f"{gap.prefix}.{one.key}": chance_apart(one, ours, theirs) for one in judged}


def _mcnemar(is_right: IsRight, adapter: Scored, other: Scored, scope: FindingScope) -> Finding:
    shared: dict[str, Any] = {
        "id": f"{scope.prefix}.mcnemar",
        "section": SECTION,
        "name": f"McNemar's exact p value: {scope.about}",
        "n": len(adapter.predictions),
        "split": scope.split,
        "source": scope.source,
    }
    if adapter.has_groups:
        reason = "rows come in groups, and McNemar's test holds only for rows that are drawn one by one"
        return not_measured(reason=reason, **shared)
    right = [is_right(one.labels, one.predictions) for one in (adapter.predictions, other.predictions)]
    return measured(
        value=mcnemar_exact(right[0], right[1]),
        method="tunecard.metrics.intervals.mcnemar_exact, two-sided; n = rows",
        **shared,
    )
