"""In which layers the adapter is, as a finding."""

from __future__ import annotations

from tunecard.evidence import Finding, measured
from tunecard.reporting.adapter import RECIPE


def layer_findings(layers: str) -> list[Finding]:
    """`adapter.layers`, as resolved, where the adapter is not in all."""
    return [] if layers == "all" else [measured("adapter.layers", layers, method=RECIPE)]
