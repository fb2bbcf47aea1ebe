"""Suites of behavioural tests that the recipe names: how often each capability, and each test of it, fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tunecard.evidence import Finding, measured, not_measured
from tunecard.evidence.records.examination import NO_SUITE, SUITES
from tunecard.examination.budget import share_out
from tunecard.examination.subject import Subject
from tunecard.examination.suites import Case, Suite, is_failed
from tunecard.examination.suites.failing import TOLERANCE
from tunecard.metrics.intervals import wilson_interval
from tunecard.rows.dataset import Split

BY_CAPABILITY, BY_TEST, BY_PEOPLE = (record.pattern for record in SUITES)
Tried = tuple[Suite, Case, bool]
Record = dict[str, Any]


class SuiteTests:
    """Failure rates of MFT, INV and DIR cases: by capability, by test, and by group of people where cases tell one."""

    name = "suites"

    def price(self, subject: Subject) -> int:
        """A pass a text of each case."""
        return sum(len(case.texts) for suite in subject.suites for case in suite.cases if not _why_not(subject))

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.suites`, `.suite_tests` and `.suite_groups`, the most often failed first."""
        reason = _why_not(subject)
        chosen = [] if reason else _chosen(subject, budget)
        if not chosen:
            reason = reason or f"{budget} forward passes are too few; raise `evaluation.budget`"
            return [not_measured(id, reason=reason) for id in (BY_CAPABILITY, BY_TEST)]
        tried, method = _tried(subject, chosen), _method(subject, chosen)
        several: list[tuple[str, Callable[[Suite, Case], Record]]] = [
            (BY_CAPABILITY, lambda suite, case: {"suite": suite.name, "capability": case.capability}),
            (BY_TEST, lambda suite, case: {"suite": suite.name, "test": case.test, "type": case.kind}),
        ]
        if any(case.people for _, case, _ in tried):
            several.append(
                (BY_PEOPLE, lambda suite, case: {"suite": suite.name, "people": case.people or "none named"})
            )
        return [measured(id, _rates(tried, told), n=len(tried), method=method) for id, told in several]


def _why_not(subject: Subject) -> str:
    """Why the suites cannot be asked about; "" where they can."""
    if not subject.suites:
        return NO_SUITE
    roles = tuple(subject.rows.inputs)
    if subject.task.scoring.is_right is None or roles not in (("text",), ("text", "text_pair")):
        return "a suite asks about texts or pairs of them that have one label, and rows of this task are others"
    wrong = [
        suite.name for suite in subject.suites if any(tuple(text) != roles for one in suite.cases for text in one.texts)
    ]
    return f"cases of {', '.join(wrong)} are not of {' and '.join(roles)}, as rows are here" if wrong else ""


def _chosen(subject: Subject, budget: int) -> list[tuple[Suite, Case]]:
    """Every case or, with fewer passes, those of each test that the seed draws, as many texts of each."""
    tests: dict[tuple[str, str], list[tuple[Suite, Case]]] = {}
    for suite in subject.suites:
        for case in suite.cases:
            tests.setdefault((suite.name, case.test), []).append((suite, case))
    prices = [sum(len(case.texts) for _, case in several) for several in tests.values()]
    chosen = []
    for several, share in zip(tests.values(), share_out(prices, budget), strict=True):
        left = share
        for place in np.random.default_rng(subject.seed).permutation(len(several)).tolist():
            left -= len(several[place][1].texts)
            if left >= 0:
                chosen.append(several[place])
    return chosen


def _tried(subject: Subject, chosen: Sequence[tuple[Suite, Case]]) -> list[Tried]:
    """Each case with whether it fails; all texts are predicted at once."""
    texts = [text for _, case in chosen for text in case.texts]
    inputs: dict[str, list[Any]] = {role: [text[role] for text in texts] for role in texts[0]}
    rows = Split("suites", list(range(len(texts))), inputs, [None] * len(texts), {}, "given", {})
    found, at = subject.predict(rows, "Running suites of tests"), 0
    tried = []
    for suite, case in chosen:
        own = slice(at, at + len(case.texts))
        stated = None if found.probabilities is None else found.probabilities[own]
        tried.append((suite, case, is_failed(case, found.predictions[own], stated, subject.task.labels)))
        at = own.stop
    return tried


def _rates(tried: Sequence[Tried], told: Callable[[Suite, Case], Record]) -> list[Any]:
    """A record for each group of cases that are told alike."""
    groups: dict[tuple[Any, ...], tuple[Record, list[bool]]] = {}
    for suite, case, failed in tried:
        about = told(suite, case)
        groups.setdefault(tuple(about.values()), (about, []))[1].append(failed)
    records = [
        {
            **about,
            "cases": len(failed),
            "failures": sum(failed),
            "failure_rate": sum(failed) / len(failed),
            "failure_interval": list(wilson_interval(sum(failed), len(failed)) or ()),
        }
        for about, failed in groups.values()
    ]
    return sorted(records, key=lambda record: -record["failure_rate"])


def _method(subject: Subject, chosen: Sequence[tuple[Suite, Case]]) -> str:
    every = sum(len(suite.cases) for suite in subject.suites)
    said = [
        "a case fails where any of its texts does: MFT (minimum functionality test), an answer that is not allowed; "
        "INV (invariance test), another answer than that of the original; DIR (direction test), the probability of the "
        f"original's answer moved the wrong way by more than {TOLERANCE}; "
        "Wilson interval, each by itself: nothing is compared; n = cases"
    ]
    said += [f"drawn by the seed from {every:,} cases, alike of each test"] if len(chosen) < every else []
    said += [
        f"{count:,} cases of {suite.name} are left out, as they {reason}"
        for suite in subject.suites
        for reason, count in suite.left_out.items()
    ]
    return "; ".join(said)
