"""Probes asked one after the other, each for as much as its share of the budget allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.counted import counted, one_of
from tunecard.evidence import Finding, measured
from tunecard.examination.budget import share_out
from tunecard.examination.probe import Probe
from tunecard.examination.subject import Subject


def examine(subject: Subject, probes: Sequence[Probe], budget: int) -> list[Finding]:
    """Asks every probe in turn. What each may spend is fixed before the first is asked, so that the rows asked about
    are the same again under the same budget.

    Args:
        budget: forward passes of one row, all probes together.
    Returns: `examination.passes`, and what each of them found.
    """
    prices = [probe.price(subject) for probe in probes]
    findings: list[Finding] = []
    spending: list[Any] = []
    with counted("Asking the adapter", len(probes), "probes") as count:
        for probe, price, share in zip(probes, prices, share_out(prices, budget), strict=True):
            before = subject.passes.spent
            with one_of(count, probe.name):
                findings += probe.run(subject, share)
            spending.append({"probe": probe.name, "passes": subject.passes.spent - before, "full": price})
    return [_passes(spending, budget), *findings]


def _passes(spending: list[Any], budget: int) -> Finding:
    return measured(
        "examination.passes",
        spending,
        n=budget,
        method="forward passes of one row, a backward counted as two; `full` is what a probe would take to ask about "
        "every row; n = passes that all probes together were allowed",
    )
