"""Do the stored predictions make sense by themselves? Rows, labels and probabilities, file by file."""

from __future__ import annotations

from collections.abc import Iterator

from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import Task, task_of
from tunecard.verification.report import Check, judged

NAME = "predictions"


def check_predictions(folder: RunFolder, findings: Findings) -> Check:
    """Every predictions file has unique rows, known labels, the split's size and probabilities that fit."""
    files = folder.prediction_files()
    if not files:
        return Check(NAME, None, "no predictions in the folder: withheld")
    task = task_of(findings)
    if task is None or not task.labels:
        return Check(NAME, False, "the evidence names no labels (`task.labels`)")
    problems: list[str] = []
    rows = 0
    for split, predictor, path in files:
        name = path.relative_to(folder.path).as_posix()
        if path.is_symlink():
            problems.append(f"{name} is a link")
            continue
        try:
            predictions = folder.read_predictions(split, predictor, with_probabilities=False)
            flat = folder.read_probabilities(split, predictor)
        except RunFolderError as error:
            problems.append(str(error))
            continue
        found = list(_faults(task, predictions))
        if not found and flat is not None:
            found = list(task.probability_faults(predictions, flat))
        expected = findings.value(f"data.{split}.rows")
        if expected is not None and expected != len(predictions):
            found.append(f"{len(predictions)} rows, `data.{split}.rows` says {expected}")
        problems += [f"{name}: {fault}" for fault in found]
        rows += len(predictions)
    return judged(NAME, problems, f"{len(files)} files with {rows:,} rows are sound")


def _faults(task: Task, predictions: Predictions) -> Iterator[str]:
    if any(not isinstance(row, int) for row in predictions.rows):
        yield "a row has no number"
    elif len(set(predictions.rows)) != len(predictions.rows):
        yield "a row number comes twice"
    if any(not isinstance(value, str) for values in predictions.factors.values() for value in values):
        yield "a factor has no value in some row"
    yield from task.prediction_faults(predictions)
