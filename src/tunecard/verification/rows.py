"""Do the figures about the data fit the predicted rows? Counts, labels and lengths of the splits that were scored."""

from __future__ import annotations

from typing import Any

from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.evidence.comparing import disagreements, known
from tunecard.rows.counting import cluster_figures
from tunecard.tasks import Task, task_of
from tunecard.verification.report import Check, judged
from tunecard.verification.row_numbers import equal_splits, row_problems

NAME = "rows"


def check_rows(folder: RunFolder, findings: Findings) -> Check:
    """`data.<split>.*` of every predicted split, counted again; and each baseline says what training taught it."""
    task = task_of(findings)
    files = [(split, path) for split, predictor, path in folder.prediction_files() if predictor is None]
    if not files:
        return Check(NAME, None, "no predictions in the folder: withheld")
    if task is None or not task.labels:
        return Check(NAME, False, "the evidence names no labels (`task.labels`)")
    problems: list[str] = []
    covered: set[str] = set()
    for split, path in files:
        try:
            predictions = folder.read_predictions(split, with_probabilities=False)
            expected = recount(task, predictions, split)
        except (RunFolderError, TypeError, ValueError, AttributeError):
            return Check(NAME, None, f"predictions/{path.name} cannot be counted: see predictions")
        problems += disagreements(findings, expected, f"predictions/{path.name}")
        problems += [f"predictions/{path.name}: {said}" for said in row_problems(findings, split, predictions)]
        problems += _factor_problems(predictions, path.name, findings)
        covered |= known(findings, expected).keys()
    problems += _factors_of_no_file(folder, findings)
    problems += equal_splits(findings, {split: folder.read_predictions(split) for split, _ in files})
    problems += _baseline_problems(folder, task, findings)
    return judged(NAME, problems, f"{len(covered)} figures about the data follow from the predicted rows", covered)


def recount(task: Task, predictions: Predictions, split: str) -> dict[str, Any]:
    """Record id to value, for all that the rows of a predictions file tell about the data."""
    expected = {f"data.{split}.rows": len(predictions)} | task.recount(predictions, split)
    if all(label is not None for label in predictions.labels):
        expected |= {f"data.{split}.{part}": value for part, value in task.label_figures(predictions.labels).items()}
    if predictions.clusters is not None:
        expected[f"data.{split}.clusters"] = cluster_figures(predictions.clusters)
    return expected


def _factor_problems(predictions: Predictions, name: str, findings: Findings) -> list[str]:
    told = findings.value("data.factors")
    if (predictions.clusters is None) != (findings.value("data.cluster") is None):
        has = "no column" if predictions.clusters is None else "a column"
        return [f"predictions/{name} has {has} cluster, `data.cluster` says otherwise"]
    strange = set(predictions.factors) - set(told) if isinstance(told, list) else set()
    return [f"predictions/{name} has the factor {factor}, `data.factors` has not" for factor in sorted(strange)]


def _factors_of_no_file(folder: RunFolder, findings: Findings) -> list[str]:
    """Factors that are told of, and by which no score was ever sliced."""
    told = findings.value("data.factors")
    files = [(split, predictor) for split, predictor, _ in folder.prediction_files() if predictor is None]
    held = {name for split, _ in files for name in folder.read_predictions(split, with_probabilities=False).factors}
    strange = [str(name) for name in told if name not in held] if isinstance(told, list) else []
    return [f"`data.factors` has {name}, and no predictions file has" for name in strange]


def _baseline_problems(folder: RunFolder, task: Task, findings: Findings) -> list[str]:
    """What a baseline answers that it cannot have learned from the training rows that are recorded."""
    counts = findings.value("data.train.labels")
    if not isinstance(counts, dict) or not all(isinstance(count, int) for count in counts.values()):
        return []
    baselines = {baseline.name: baseline for baseline in task.baselines}
    return [
        f"predictions/{path.name} {fault}"
        for split, predictor, path in folder.prediction_files()
        if predictor in baselines
        for fault in baselines[predictor].faults(
            folder.read_predictions(split, predictor, with_probabilities=False).predictions, counts
        )
    ]
