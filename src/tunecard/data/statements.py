"""What a source states about itself, as findings: in a `metadata.json`, or in the data set's card on the Hub."""

from __future__ import annotations

from tunecard.data.hub import is_hub_id
from tunecard.evidence import Finding, declared, not_measured
from tunecard.evidence.records.data import STATEMENTS
from tunecard.rows.dataset import Dataset


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


def _gap(key: str, dataset: Dataset) -> str:
    if "/" in dataset.name and is_hub_id(dataset.name):
        return "not declared in what was read from the Hub; the data's own card there may say more"
    return f"not declared: set `{key}` in a metadata.json beside the data"
