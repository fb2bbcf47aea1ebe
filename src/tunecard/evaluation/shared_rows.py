"""Run folders brought onto the same labelled rows of one split; what cannot be is refused, all folders at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tunecard.counted import each
from tunecard.errors import RunFolderError
from tunecard.evaluation.scored import Scored, align, score_predictions
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.metrics.counts import Ints
from tunecard.tasks import Task, task_of

SPLITS = ("test", "validation")
CHOSEN_ON = "Epochs were chosen on validation, which flatters a run the more, the more of them were tried."
SHOWN = 3  # rows, or labels, that differ
SHOWN_CHARACTERS = 40

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class OpenRun:
    """A run folder whose evidence was read.

    Attributes:
        name: as its path was given.
    """

    name: str
    folder: RunFolder
    findings: Findings
    task: Task


@dataclass(frozen=True)
class SharedRows:
    """Predictions of every run on the same rows in the same order, with the same gold labels.

    Attributes:
        split: of all of them.
        runs: each with its predictions, in the order in which they were named.
        notes: what a reader must know of them, a sentence each.
    """

    split: str
    runs: tuple[tuple[OpenRun, Scored], ...]
    notes: tuple[str, ...]


class _NotThereError(Exception):
    """A run has no scored rows of a split; another split may do."""


def share_rows(paths: Sequence[Path], split: str | None = None) -> SharedRows:
    """Reads the predictions of several runs, and holds them to the same rows.

    Args:
        split: the one to compare on; without it the test split, or validation where not every run has that.
    Raises: RunFolderError: one that is no run, predictions that are withheld, unlabelled or not
        those of the evidence, other tasks, label sets, rows or gold labels.
    """
    runs = _open(paths)
    _refuse([fault for other in runs[1:] if (fault := _other_task(runs[0], other))])
    chosen, several, notes = _read_split(runs, split)
    others = list(zip(runs, several, strict=True))[1:]
    _refuse([fault for run, scored in others if (fault := _other_rows(runs[0], several[0], run, scored))])
    aligned = [align(scored, several[0]) for scored in several]
    units = _shared_units([scored.counts.unit for scored in aligned])
    together = [replace(scored, counts=scored.counts.in_units(units)) for scored in aligned]
    notes += [note for run in runs[1:] if (note := _other_inputs(runs[0], run, chosen))]
    return SharedRows(chosen, tuple(zip(runs, together, strict=True)), tuple(notes))


def _open(paths: Sequence[Path]) -> list[OpenRun]:
    same = [path for place, path in enumerate(paths) if path.resolve() in [one.resolve() for one in paths[:place]]]
    if same:
        raise RunFolderError(f"{same[0]} is named twice. Name each folder once.")
    return _all(lambda path: _open_one(Path(path)), paths)


def _open_one(path: Path) -> OpenRun:
    folder = RunFolder(path)
    if not path.is_dir():
        raise RunFolderError("must be a run folder. There is no such folder.", place=str(path))
    findings = folder.read_findings()
    task = task_of(findings)
    if task is None or not task.labels:
        raise RunFolderError("its evidence names no task and labels (`task.name`, `task.labels`).", place=str(path))
    return OpenRun(str(path), folder, findings, task)


def _all(make: Callable[[Given], Made], several: Sequence[Given]) -> list[Made]:
    """What is made of each. Raises: RunFolderError: the faults of all of them."""
    made, faults = [], []
    for one in several:
        try:
            made.append(make(one))
        except RunFolderError as error:
            faults.append(str(error))
    _refuse(faults)
    return made


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise RunFolderError(faults)


def _other_task(first: OpenRun, other: OpenRun) -> str | None:
    if first.task.name != other.task.name:
        return (
            f"{first.name} is a run of {first.task.name} and {other.name} one of {other.task.name}. "
            "Runs of one task are compared."
        )
    ours, theirs = set(first.task.labels), set(other.task.labels)
    if ours == theirs:
        return None
    lone = ((first, ours - theirs), (other, theirs - ours))
    apart = [f"only in {run.name}: {_few(sorted(only))}" for run, only in lone if only]
    return (
        f"{first.name} and {other.name} have other labels: {len(ours)} and {len(theirs)}; {'; '.join(apart)}. "
        "Runs over the same labels are compared."
    )


def _read_split(runs: Sequence[OpenRun], asked: str | None) -> tuple[str, list[Scored], list[str]]:
    """The split that is compared, the predictions of every run on it, and why it is not another one."""
    missing: list[str] = []
    for split in SPLITS if asked is None else (asked,):
        several, absent = _read_all(runs, split)
        if not absent:
            notes = [f"On {split}, as {reason}" for reason in missing]
            return split, several, notes + ([CHOSEN_ON] if split == SPLITS[1] else [])
        missing += absent
    raise RunFolderError(missing)


def _read_all(runs: Sequence[OpenRun], split: str) -> tuple[list[Scored], list[str]]:
    absent: list[str] = []

    def read(run: OpenRun) -> Scored | None:
        try:
            # Names in one order for all: label sets are equal, and ids need not be.
            return _read(run, split, runs[0].task)
        except _NotThereError as error:
            absent.append(str(error))
            return None

    several = _all(read, list(each(runs, f"Reading predictions of {split}", "runs")))
    return [scored for scored in several if scored is not None], absent


def _read(run: OpenRun, split: str, task: Task) -> Scored:
    file = _file_of_evidence(run, split)
    predictions = run.folder.read_predictions(split, with_probabilities=False)
    _refuse([f"{run.folder.predictions(split)}: {fault}." for fault in _file_faults(run.task, predictions)])
    scored = score_predictions(run.folder, task.scoring, predictions, split)
    if scored.is_empty:
        raise _NotThereError(f"{run.name}: no row of {split} has a label, so that nothing can be scored ({file}).")
    return scored


def _file_of_evidence(run: OpenRun, split: str) -> str:
    """The name of the predictions file in its folder.

    Raises: _NotThereError: it is not there. RunFolderError: no record was computed from what is there.
    """
    path = run.folder.predictions(split)
    file = path.relative_to(run.folder.path).as_posix()
    sources = [finding.source for finding in run.findings if finding.source and finding.source.file == file]
    if not path.is_file():
        said = "are withheld, and runs are compared row by row" if sources else "are not there: it was not predicted"
        raise _NotThereError(f"{run.name}: predictions of {split} {said} ({file}).")
    if run.folder.source(path) not in sources:
        raise RunFolderError(
            f"{file} is not the file that the evidence was computed from. `tunecard verify {run.name}` tells more.",
            place=run.name,
        )
    return file


def _file_faults(task: Task, predictions: Predictions) -> list[str]:
    numbers = set(predictions.rows)
    if any(type(row) is not int for row in numbers) or len(numbers) != len(predictions):
        return ["a row number is missing or comes twice"]
    return list(task.prediction_faults(predictions))


def _other_rows(first: OpenRun, ours: Scored, run: OpenRun, theirs: Scored) -> str | None:
    """The sentence about rows or gold labels that are not the same; None where they are."""
    gold, other = _gold(ours), _gold(theirs)
    if gold.keys() != other.keys():
        apart = [
            f"{len(only):,} only in {name} ({_few(sorted(only))})"
            for name, only in ((first.name, gold.keys() - other.keys()), (run.name, other.keys() - gold.keys()))
            if only
        ]
        return (
            f"{first.name} and {run.name} have other rows of {ours.split}: {len(gold):,} and {len(other):,} with a "
            f"label, {', '.join(apart)}. Runs on the same rows are compared."
        )
    rows = [row for row in gold if gold[row] != other[row]]
    if not rows:
        return None
    seen = "; ".join(f"row {row} is {_cut(gold[row])} and {_cut(other[row])}" for row in sorted(rows)[:SHOWN])
    return (
        f"{first.name} and {run.name} have other gold labels in {len(rows):,} of {len(gold):,} rows of {ours.split}: "
        f"{seen}{'; ...' if len(rows) > SHOWN else ''}. Runs on the same rows are compared."
    )


def _gold(scored: Scored) -> dict[int, Any]:
    return dict(zip(scored.predictions.rows, scored.predictions.labels, strict=True))


def _few(items: Sequence[Any]) -> str:
    return ", ".join(str(item) for item in items[:SHOWN]) + (", ..." if len(items) > SHOWN else "")


def _cut(label: Any) -> str:
    said = repr(label)
    return said if len(said) <= SHOWN_CHARACTERS else said[:SHOWN_CHARACTERS] + "..."


def _other_inputs(first: OpenRun, run: OpenRun, split: str) -> str | None:
    id = f"data.{split}.sha256"
    ours, theirs = first.findings.value(id), run.findings.value(id)
    if None in (ours, theirs) or ours == theirs:
        return None
    return (
        f"Rows of {split} have the same numbers and labels in {first.name} and {run.name}, and were not read as the "
        f"same inputs ({id} differs): other texts or other columns."
    )


def _shared_units(told: Sequence[Ints | None]) -> Ints | None:
    """(N,) rows with one number belong together: those that any of the runs takes to, and what hangs on both."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    units = [np.unique(unit, return_inverse=True)[1].reshape(-1) for unit in told if unit is not None]
    if not units:
        return None
    rows = len(units[0])
    nodes = np.concatenate([unit + rows * place for place, unit in enumerate(units, start=1)])  # behind the rows
    edges = np.tile(np.arange(rows), len(units)), nodes
    size = rows * (len(units) + 1)
    _, parts = connected_components(coo_array((np.ones(len(nodes)), edges), shape=(size, size)), directed=False)
    return np.asarray(parts[:rows], dtype=np.int64)
