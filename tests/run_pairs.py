"""Small run folders with predictions that were made up and just the records that a comparison reads; no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tunecard.evidence import Findings, Predictions, RunFolder, measured
from tunecard.tasks import task_named


def make_run(
    path: Path, kind: str, labels: tuple[str, ...], predictions: Predictions, split: str = "test", **more: Any
) -> Path:
    """A folder with one predictions file; `more` are further records by id, dots as two underscores."""
    folder = RunFolder(path)
    file = folder.write_predictions(predictions, split)
    headline = task_named(kind, labels).scoring.headline.key
    records = {"task.name": kind, "task.labels": list(labels)} | {id.replace("__", "."): v for id, v in more.items()}
    findings = [measured(id, value) for id, value in records.items() if value is not None]
    score = measured(f"results.{split}.{headline}", 0.5, name="x", source=folder.source(file))
    folder.write_findings(Findings([*findings, score]))
    return path
