"""Prediction files to findings. Nothing is predicted here: whoever holds the files can compute every score again."""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.evaluation.calibration import judge_calibration
from tunecard.evaluation.comparison import compare_predictors
from tunecard.evaluation.report import SECTION, Place, report
from tunecard.evaluation.scored import Scored, score_file
from tunecard.evaluation.slices import judge_slices
from tunecard.evaluation.summary import summarise
from tunecard.evaluation.unseen import judge_unseen
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.metrics.counts import Floats
from tunecard.metrics.intervals import resample_totals
from tunecard.tasks.scoring import Scoring, scoring_for


def evaluate(folder: RunFolder, kind: str, labels: Sequence[str], splits: Sequence[str]) -> list[Finding]:
    """All findings that follow from the prediction files of `splits`.

    For the adapter: every score with its interval, each type or class, each slice of the factor columns, calibration
    and confusion. For every other predictor of the split: its scores and the paired differences.

    Args:
        folder: holds `predictions/<split>.parquet` and `predictions/<split>.<predictor>.parquet`.
        kind: "token-classification" or "text-classification".
        labels: class names or IOB2 tags, in id order.
        splits: names of the splits to score; each needs the adapter's file.
    Returns: findings in the order of a report. The order of the rows in a file changes none of them.
    Raises:
        RunFolderError: a file is missing, broken, or does not hold the same rows as the adapter's.
        DataError: an unknown kind.
    """
    scoring = scoring_for(kind, labels)
    findings: list[Finding] = []
    scored: list[Scored] = []
    for split in splits:
        adapter = score_file(folder, scoring, split)
        findings += judge_split(folder, scoring, adapter)
        scored += [] if adapter.is_empty else [adapter]
    return [*findings, *summarise(folder, scoring, scored, findings)]


def judge_split(folder: RunFolder, scoring: Scoring, adapter: Scored) -> list[Finding]:
    """The findings of one split; a single explanation where it has no labels."""
    if adapter.is_empty:
        return [_not_scored(scoring, adapter)]
    samples = resample_totals(adapter.counts)
    others = [name for split, name, _ in folder.prediction_files() if split == adapter.split and name is not None]
    return [
        *_judge_rows(scoring, adapter, samples),
        *_judge_parts(scoring, adapter, samples),
        *judge_slices(scoring, adapter),
        *judge_unseen(scoring, adapter),
        *judge_calibration(folder, scoring, adapter),
        _confusion(scoring, adapter),
        *compare_predictors(folder, scoring, adapter, others),
    ]


def _judge_rows(scoring: Scoring, adapter: Scored, samples: Floats) -> list[Finding]:
    totals = adapter.counts.totals()
    place = Place(f"results.{adapter.split}", adapter.split, adapter.source)
    findings = [report(measure, place, totals, samples) for measure in scoring.measures]
    if adapter.unlabelled:
        findings.append(
            measured(
                f"results.{adapter.split}.unlabelled",
                adapter.unlabelled,
                section=SECTION,
                name="Rows without a label, predicted and not scored",
                unit="rows",
                split=adapter.split,
                source=adapter.source,
                method="rows of the predictions file whose label is null",
            )
        )
    return findings


def _judge_parts(scoring: Scoring, adapter: Scored, samples: Floats) -> list[Finding]:
    totals = adapter.counts.totals()
    findings = []
    for index, part in enumerate(scoring.parts):
        prefix = f"results.{adapter.split}.{scoring.part}.{part}"
        place = Place(prefix, adapter.split, adapter.source, slice=part, about=part)
        own, drawn = scoring.narrow(totals, index), scoring.narrow(samples, index)
        findings += [report(measure, place, own, drawn) for measure in scoring.part_measures]
    return findings


def _confusion(scoring: Scoring, adapter: Scored) -> Finding:
    counts = scoring.confusion(adapter.predictions.labels, adapter.predictions.predictions)
    return measured(
        f"results.{adapter.split}.confusion",
        {"labels": list(scoring.confused), "counts": counts.tolist()},
        section=SECTION,
        name="Confusion",
        n=int(counts.sum()),
        method=f"tunecard.metrics.{scoring.confusion_function}",
        split=adapter.split,
        source=adapter.source,
    )


def _not_scored(scoring: Scoring, adapter: Scored) -> Finding:
    return not_measured(
        f"results.{adapter.split}.{scoring.headline.key}",
        section=SECTION,
        name=scoring.headline.name,
        reason=f"the {adapter.unlabelled} rows of this split have no labels: predicted, not scored",
        n=0,
        split=adapter.split,
        source=adapter.source,
    )
