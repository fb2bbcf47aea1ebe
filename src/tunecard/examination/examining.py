"""Probes asked one after the other, each for as much as its share of the budget allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.counted import counted, one_of
from tunecard.evidence import Finding, measured
from tunecard.examination.budget import share_out
from tunecard.examination.probe import Probe
from tunecard.examination.subject import Subject

PASSES = "examination.passes"


def examine(subject: Subject, probes: Sequence[Probe], budget: int) -> list[Finding]:
    """Asks every probe in turn. What each may spend is fixed before the first is asked, so that the rows asked about
    are the same again under the same budget.

    Args:
        budget: forward passes of one row, all probes together.
    Returns: `examination.passes`, and what each of them found.
    """
    shares = share_out([probe.price(subject) for probe in probes], budget)
    found, spending = [], []
    for probe, share, answers, spent in ask(subject, probes, shares):
        found += answers
        spending.append({"probe": probe.name, "passes": spent, "allowed": share, "full": probe.price(subject)})
    return [passes_finding(spending), *found]


def ask(
    subject: Subject, probes: Sequence[Probe], shares: Sequence[int]
) -> list[tuple[Probe, int, list[Finding], int]]:
    """Each probe with what it was allowed, what it found and what it spent, in passes."""
    answers = []
    with counted("Asking the adapter", len(probes), "probes") as count:
        for probe, share in zip(probes, shares, strict=True):
            before = subject.passes.spent
            with one_of(count, probe.name):
                found = probe.run(subject, share)
            answers.append((probe, share, found, subject.passes.spent - before))
    return answers


def passes_finding(spending: Sequence[dict[str, Any]]) -> Finding:
    """What probes spent, a record each: `probe`, `passes`, `allowed`, `full`."""
    return measured(
        PASSES,
        list(spending),
        n=sum(one["allowed"] for one in spending),
        method="forward passes of one row, a backward counted as two; `allowed` was fixed before the first probe was "
        "asked, `full` asks about every row; n = passes that all probes together were allowed",
    )
