"""Augmented manifests of SageMaker Ground Truth: a source a line, its labels under a job's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tunecard.data.readers.annotations.export import Found, LeftOut, Rows, Values, plain
from tunecard.data.readers.annotations.marked_spans import canonical
from tunecard.data.readers.notes import Notes
from tunecard.errors import DataError

SOURCE, METADATA = "source", "-metadata"
FAILED = "labelling failed"


def read_manifest(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Named entities (`annotations.entities`) or one class (`class-name`) of a labelling job.

    Raises: DataError: several jobs, none of them named as a column.
    """
    if not all(isinstance(values.get(SOURCE), str) for values in sample):
        return None
    jobs = list(dict.fromkeys(name for values in sample for name in values if f"{name}{METADATA}" in values))
    if not jobs:
        return None
    told = [name for name in jobs if name in columns.values()]
    if len(jobs) > 1 and len(told) != 1:
        ways = " or ".join(f"`--column label={name}`" for name in jobs)
        raise DataError(f"the manifest holds {len(jobs)} labelling jobs. Say which one to learn: {ways}.")
    job, keeps_name = (told or jobs)[0], bool(told)
    return lambda values: _rows(values, job, keeps_name, notes)


def _rows(values: Values, job: str, keeps_name: bool, notes: Notes) -> Iterator[Found]:
    text, about = values[SOURCE], values.get(f"{job}{METADATA}")
    kept = {name: value for name, value in plain(values).items() if name not in (SOURCE, job)} | {"text": text}
    answer, about = values.get(job), about if isinstance(about, Mapping) else {}
    if "failure-reason" in about:
        yield LeftOut(FAILED, kept)
        return
    found = _entities(answer)
    if found is not None:
        yield {**kept, job if keeps_name else "spans": canonical(text, found, notes)}
    else:
        yield {**kept, job if keeps_name else "label": about.get("class-name", answer)}


def _entities(answer: Any) -> list[Any] | None:
    inner = answer.get("annotations") if isinstance(answer, Mapping) else None
    found = inner.get("entities") if isinstance(inner, Mapping) else None
    return found if isinstance(found, list) else None
