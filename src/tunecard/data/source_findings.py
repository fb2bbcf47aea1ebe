"""What a source states about itself, and the files that its rows came from with what was read of each, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunecard.data.hub import is_hub_id
from tunecard.data.source import Source
from tunecard.evidence import Finding, declared, measured, not_measured
from tunecard.evidence.records.data import STATEMENTS
from tunecard.rows.dataset import DataFile, Dataset

_KINDS = {bool: "boolean", int: "integer", float: "number", str: "text", dict: "object"}
_LOOKED_AT = 1_000


def statement_findings(dataset: Dataset) -> list[Finding]:
    """`data.<key>` for every key that a source can state: declared, or what to set."""
    by = f"declared by {dataset.declared.get('declared_by', 'the source')}"
    findings = []
    for key in STATEMENTS:
        if key in dataset.declared:
            findings.append(declared(f"data.{key}", dataset.declared[key], method=by))
        else:
            findings.append(not_measured(f"data.{key}", reason=_gap(key, dataset)))
    return findings


def describe_files(source: Source, columns: Mapping[str, str]) -> list[DataFile]:
    """The files of a source, each with the columns that were read and the kind of their values.

    Args:
        columns: role to the name of the column.
    """
    described = []
    for file in source.files:
        present = source.tables[file.split].columns
        read = {role: (name, _kind_of(present[name])) for role, name in columns.items() if name in present}
        described.append(replace(file, columns=read))
    return described


def file_findings(dataset: Dataset) -> list[Finding]:
    """`data.files`, `data.columns`, and `data.reading` where there was something to tell of it."""
    roles = measured("data.columns", dict(dataset.columns))
    told = [measured("data.reading", list(dataset.notes), n=len(dataset.files))] if dataset.notes else []
    if not dataset.files:
        reason = "the rows came from the Hub's library or as objects; the content hash of each split stands for them"
        return [roles, *told, not_measured("data.files", reason=reason)]
    records = [
        {
            "file": file.name,
            "split": file.split,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "rows": file.rows,
            "columns": {role: {"name": name, "kind": kind} for role, (name, kind) in file.columns.items()},
        }
        for file in dataset.files
    ]
    return [roles, *told, measured("data.files", records, n=len(records), method="sha256 of the bytes as they lay")]


def _gap(key: str, dataset: Dataset) -> str:
    if "/" in dataset.name and is_hub_id(dataset.name):
        return "not declared in what was read from the Hub; the data's own card there may say more"
    return f"not declared: set `{key}` in a metadata.json beside the data"


def _kind_of(values: list[Any]) -> str:
    """What the first values of a column are: "text", "integer", "list of text"... or "mixed"."""
    known = [value for value in values[:_LOOKED_AT] if value is not None]
    if known and all(isinstance(value, list) for value in known):
        return f"list of {_kind_of([item for value in known for item in value])}"
    kinds = {_KINDS.get(type(value), "mixed") for value in known}
    return kinds.pop() if len(kinds) == 1 else "mixed"
