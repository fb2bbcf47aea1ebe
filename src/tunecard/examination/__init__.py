"""Probe: what the adapter changed in the frozen base, and what its answers hang on. One file a probe.

This room reads what was saved. It must not know how it was trained, what it scores or how a card looks.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.counted import counted, one_of
from tunecard.evidence import Finding
from tunecard.examination.low_rank import UpdateSize, measure_update
from tunecard.examination.probe import Probe, Subject
from tunecard.examination.update_size import UpdateSizes, examine_adapter

__all__ = [
    "PROBES",
    "Probe",
    "Subject",
    "UpdateSize",
    "UpdateSizes",
    "examine",
    "examine_adapter",
    "measure_update",
]

PROBES: tuple[Probe, ...] = (UpdateSizes(),)
BUDGET = 20_000  # forward passes of one row, all probes together


def examine(subject: Subject, probes: Sequence[Probe] = PROBES, budget: int = BUDGET) -> list[Finding]:
    """Asks every probe in turn; each may spend its price, as far as the budget still goes.

    Args:
        budget: forward passes, all probes together.
    """
    findings = []
    with counted("Asking the adapter", len(probes), "probes") as count:
        for probe in probes:
            with one_of(count, probe.name):
                spent = min(probe.price(len(subject.rows)), budget)
                findings += probe.run(subject, spent)
                budget -= spent
    return findings
