"""Probes asked one after the other, each for as much as its share of the budget allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.counted import counted, one_of
from tunecard.evidence import Finding, measured
from tunecard.examination.budget import share_out
from tunecard.examination.probe import Probe, least_of
from tunecard.examination.subject import Subject

PASSES = "examination.passes"


@dataclass(frozen=True)
class Answer:
    """What one probe found.

    Attributes:
        spent, allowed, full: forward passes it made, was allowed to make, and would make to ask about every row.
    """

    probe: str
    spent: int
    allowed: int
    full: int
    findings: Sequence[Finding]


def examine(subject: Subject, probes: Sequence[Probe], budget: int) -> list[Answer]:
    """Asks every probe in turn. What each may spend is fixed before the first is asked, so that the rows asked about
    are the same again under the same budget.

    Args:
        budget: forward passes of one row, all probes together.
    """
    prices = [probe.price(subject) for probe in probes]
    return ask(subject, probes, prices, share_out(prices, budget, [least_of(probe, subject) for probe in probes]))


def ask(subject: Subject, probes: Sequence[Probe], prices: Sequence[int], shares: Sequence[int]) -> list[Answer]:
    """Asks every probe in turn, each with the passes it may make; `prices` are what full answers would take."""
    answers = []
    with counted("Asking the adapter", len(probes), "probes") as count:
        for probe, price, share in zip(probes, prices, shares, strict=True):
            before = subject.passes.spent
            with one_of(count, probe.name):
                found = probe.run(subject, share)
            answers.append(Answer(probe.name, subject.passes.spent - before, share, price, found))
    return answers


def told(answers: Sequence[Answer]) -> list[Finding]:
    """`examination.passes`, and what each of them found."""
    spending = [{"probe": one.probe, "passes": one.spent, "allowed": one.allowed, "full": one.full} for one in answers]
    return [passes_finding(spending), *(finding for one in answers for finding in one.findings)]


def passes_finding(spending: Sequence[dict[str, Any]]) -> Finding:
    """What probes spent, a record each: `probe`, `passes`, `allowed`, `full`."""
    return measured(
        PASSES,
        list(spending),
        n=sum(one["allowed"] for one in spending),
        method="forward passes of one row, a backward counted as two; `allowed` was fixed before the first probe was "
        "asked, `full` asks about every row; n = passes that all probes together were allowed",
    )
