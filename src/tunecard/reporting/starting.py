"""The adapter that a training started from, as a finding: which, on which base, and what it had learned from."""

from __future__ import annotations

from typing import Any

from tunecard.adapters.earlier import EarlierAdapter, StartingPoint
from tunecard.adapters.methods.registry import name_of
from tunecard.evidence import Finding, measured

COMPARED = {
    "weights": "its base is this one by the sha256 of its weights, as its evidence records them",
    "name": "its base is this one by name alone: it records no hash of the base's weights",
    "shapes": "that its base is this one follows from its shapes alone: it records neither hash nor Hub id",
}


def start_finding(start: StartingPoint) -> Finding:
    """`adapter.start_from`."""
    earlier = start.adapter
    value = {
        "name": earlier.name,
        "revision": earlier.revision,
        "sha256": earlier.sha256,
        "method": name_of(earlier.config),
        "compared_by": start.compared_by,
        "head": "taken" if start.with_head else "new",
        "labels": None if earlier.labels is None else list(earlier.labels),
        **learned_from(earlier),
    }
    return measured("adapter.start_from", value, method=f"read from its folder; {COMPARED[start.compared_by]}")


def learned_from(earlier: EarlierAdapter) -> dict[str, Any]:
    """What its evidence says of the rows it learned from, and of the adapter that it started from itself."""
    findings = earlier.findings
    return {
        "data": findings.value("data.source"),
        "data_config": findings.value("data.config"),
        "data_revision": findings.value("data.revision"),
        "rows": findings.value("data.train.rows"),
        "rows_sha256": findings.value("data.train.sha256"),
        "started_from": findings.value("adapter.start_from"),
    }
