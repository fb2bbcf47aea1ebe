"""Prediction files to findings. Nothing is predicted here: whoever holds the files can compute every score again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tunecard.counted import counted, each
from tunecard.errors import DataError, RunFolderError
from tunecard.evaluation.abstention import judge_abstention
from tunecard.evaluation.calibration import judge_calibration
from tunecard.evaluation.clean import judge_clean
from tunecard.evaluation.comparison import compare_predictors
from tunecard.evaluation.differences import judge_differences
from tunecard.evaluation.parts import Part, comparable, judge_parts, part_of
from tunecard.evaluation.people import judge_people
from tunecard.evaluation.report import SECTION, FindingScope, report
from tunecard.evaluation.scored import Scored, score_file
from tunecard.evaluation.slices import judge_slices
from tunecard.evaluation.summary import Judged, summarise
from tunecard.evaluation.surest_mistakes import judge_mistakes
from tunecard.evaluation.worst_slices import judge_worst_slices
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Rows, Sample, sample_of
from tunecard.tasks import Task
from tunecard.tasks.scoring import Confusion, Groups, Scoring, Tally


def evaluate(
    folder: RunFolder,
    task: Task,
    splits: Sequence[str],
    temperature: float | None = None,
    *,
    people: Sequence[str] = (),
) -> list[Finding]:
    """All findings that follow from the prediction files of `splits`.

    For the adapter: every score with its interval, each type or class, each slice of the factor columns, calibration
    and confusion. For every other predictor of the split: its scores and the paired differences.

    Args:
        folder: holds `predictions/<split>.parquet` and `predictions/<split>.<predictor>.parquet`.
        task: with its labels.
        splits: names of the splits to score; each needs the adapter's file.
        temperature: what the adapter's logits were divided by, so that its calibration before is scored too.
        people: those of the factor columns that say who a row is about or by.
    Returns: findings in the order of a report. The order of the rows in a file changes none of them.
    Raises: RunFolderError: a file is missing, broken, or does not hold the same rows as the adapter's.
    """
    findings: list[Finding] = []
    judged: list[Judged] = []
    for split in splits:
        adapter = score_file(folder, task.scoring, split)
        found, parts = judge_split(folder, task, adapter, temperature, people)
        findings += found
        judged += [] if adapter.is_empty else [Judged(adapter, parts)]
    return [*findings, *summarise(folder, task.scoring, judged)]


def judge_split(
    folder: RunFolder, task: Task, adapter: Scored, temperature: float | None = None, people: Sequence[str] = ()
) -> tuple[list[Finding], list[Part]]:
    """The findings of one split, and the parts of it; one explanation where it has no labels."""
    scoring = task.scoring
    if adapter.is_empty:
        return [_not_scored(task, adapter)], []
    sample = sample_of(adapter.counts)
    others = [name for split, name, _ in folder.prediction_files() if split == adapter.split and name is not None]
    groups, group_parts = _judge_groups(scoring.groups, adapter, sample)
    slices, slice_parts = judge_slices(scoring, adapter, people)
    parts = [*group_parts, *slice_parts]
    with counted("Judging probabilities"):
        calibration = judge_calibration(folder, scoring, adapter, temperature)
        abstention = judge_abstention(folder, scoring, adapter)
        mistakes = judge_mistakes(folder, scoring, adapter)
    clean, of_clean = judge_clean(scoring, adapter)
    compared, of_others = compare_predictors(folder, task, adapter, others)
    findings = [
        *_judge_rows(task, adapter, sample),
        *groups,
        *slices,
        *judge_people(scoring, adapter, people),
        *clean,
        *judge_parts(comparable(parts, adapter), adapter),
        *judge_worst_slices(scoring, adapter),
        *_judge_ranking(folder, scoring, adapter),
        *_judge_subsets(task, adapter),
        *calibration,
        *abstention,
        *mistakes,
        *_confusion(scoring.confusion, adapter),
        *compared,
        *judge_differences(of_others | of_clean, adapter),
    ]
    return findings, parts


def _judge_rows(task: Task, adapter: Scored, sample: Sample) -> list[Finding]:
    scope = FindingScope(f"results.{adapter.split}", adapter.split, adapter.source)
    measures = each(task.scoring.measures, f"Scores of {adapter.split}, with intervals", "scores")
    findings = [report(measure, scope, sample) for measure in measures]
    findings += [_tallied(tally, adapter, sample) for tally in task.scoring.tallies]
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


def _tallied(tally: Tally, adapter: Scored, sample: Sample) -> Finding:
    return measured(
        f"results.{adapter.split}.{tally.key}",
        round(tally.count(sample.totals)),
        n=round(tally.size(sample.totals)),
        method=tally.method,
        split=adapter.split,
        source=adapter.source,
    )


def _judge_groups(groups: Groups | None, adapter: Scored, sample: Sample) -> tuple[list[Finding], list[Part]]:
    """The scores of every group, and one part a group: by the last of its measures, which sums it up."""
    if groups is None:
        return [], []
    findings, parts = [], []
    for index, name in enumerate(each(groups.names, f"Scores of each {groups.word}", "done")):
        prefix = f"results.{adapter.split}.{groups.word}.{name}"
        scope = FindingScope(prefix, adapter.split, adapter.source, slice=name, about=name)
        own = Sample(sample.rows, narrow=partial(_narrow, groups, index))
        of_group = [part_of(measure, scope, own, groups.mean) for measure in groups.measures]
        findings += [part.finding for part in of_group]
        parts.append(of_group[-1])
    return findings, parts


def _narrow(groups: Groups, index: int, counts: Floats) -> Floats:
    return groups.narrow(counts, index)


def _judge_ranking(folder: RunFolder, scoring: Scoring, adapter: Scored) -> list[Finding]:
    """How well the stated probabilities rank rows: of all labels together, and of each."""
    ranking, groups, flat = scoring.ranking, scoring.groups, folder.read_probabilities(adapter.split)
    if ranking is None or groups is None or flat is None:
        return []
    try:
        rows = Rows(ranking.count(flat, adapter.predictions, adapter.places).in_units(adapter.counts.unit))
    except DataError as error:
        raise RunFolderError(error.problems, place=adapter.source.file) from error
    scope = FindingScope(f"results.{adapter.split}", adapter.split, adapter.source)
    findings = [report(measure, scope, Sample(rows)) for measure in ranking.measures]
    for index, name in enumerate(each(groups.names, f"Ranking of each {groups.word}", "done")):
        prefix = f"results.{adapter.split}.{groups.word}.{name}"
        of_one = FindingScope(prefix, adapter.split, adapter.source, slice=name, about=name)
        own = Sample(rows, narrow=lambda values, index=index: ranking.narrow(values, index))  # type: ignore[misc]
        findings.append(report(ranking.of_group, of_one, own))
    return findings


def _judge_subsets(task: Task, adapter: Scored) -> list[Finding]:
    try:
        subsets = task.scoring.subsets(adapter.predictions)
    except RunFolderError as error:
        raise RunFolderError(error.problems, place=adapter.source.file) from error
    return [
        report(
            measure,
            FindingScope(
                f"results.{adapter.split}.{subset.key}",
                adapter.split,
                adapter.source,
                slice=subset.about,
                about=subset.about,
            ),
            sample_of(subset.counts.in_units(adapter.counts.unit)),
        )
        for subset in subsets
        for measure in subset.measures
    ]


def _confusion(confusion: Confusion | None, adapter: Scored) -> list[Finding]:
    if confusion is None:
        return []
    counts = confusion.count(adapter.predictions.labels, adapter.predictions.predictions)
    return [
        measured(
            f"results.{adapter.split}.confusion",
            {"labels": list(confusion.names), "counts": counts.tolist()},
            section=SECTION,
            name="Confusion",
            n=int(counts.sum()),
            method=f"tunecard.metrics.{confusion.method}",
            split=adapter.split,
            source=adapter.source,
        )
    ]


def _not_scored(task: Task, adapter: Scored) -> Finding:
    headline = task.scoring.headline
    return not_measured(
        f"results.{adapter.split}.{headline.key}",
        section=SECTION,
        name=headline.name,
        reason=f"the {adapter.unlabelled} rows of this split have no labels: predicted, not scored",
        n=0,
        split=adapter.split,
        source=adapter.source,
    )
