"""What rows written otherwise, and suites of tests, say of limits: sentences and advice."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import code, escape, listing
from tunecard.card.numbers import count, percent, score
from tunecard.card.record_links import cite
from tunecard.card.thresholds import LEAST_DROP, LEAST_FAILURE_RATE
from tunecard.evidence import Findings

CHANGED, TESTED = "examination.robustness", "examination.suites"
KNOWN_NAMES = "other names"  # the change that puts names of the training rows in the place of a row's own
SHOWN = 3
Record = dict[str, Any]
# By what rows are like after a change; another change has the last sentence.
ADVICE = {
    "typing errors": "Mend typing errors before predicting, or have answers to careless texts checked.",
    "lower case": "Give it texts in their usual case: small letters alone cost it.",
    "capitals": "Give it texts in their usual case: capitals alone cost it.",
    "punctuation left out": "Leave punctuation in the texts.",
    "punctuation added": "Remove stray punctuation before predicting.",
    "misplaced blanks": "Mend blanks inside and between words before predicting.",
    "look-alike letters": "Bring look-alike letters of other alphabets into one before predicting.",
    "contractions": "Write contractions as the rows do that it was scored on.",
    "politeness around": "Cut greetings and thanks from the texts before predicting.",
}
OTHERWISE = "Check answers by hand where rows are like this: {change}."


def limits(findings: Findings) -> list[str]:
    """A sentence on rows written otherwise, one on names, and one on suites of tests, where they were asked."""
    return [*_changed(findings), *_remembered(findings), *_failed(findings)]


def advice(findings: Findings) -> list[str]:
    """What to do about each change that costs the score."""
    changes = [str(record["change"]) for record in _costly(findings)]
    return [ADVICE.get(change) or OTHERWISE.format(change=escape(change, 40)) for change in changes[:SHOWN]]


def _costly(findings: Findings) -> list[Record]:
    """One record a change: that of its greatest drop which is more than chance explains and large enough to matter."""
    known = [one for one in facts.records_of(findings, CHANGED) if one.get("distinguishable") is True]
    large = [one for one in known if facts.amount(one.get("drop")) >= LEAST_DROP]
    worst: dict[str, Record] = {}
    for one in sorted(large, key=lambda one: -facts.amount(one["drop"])):
        worst.setdefault(str(one.get("change")), one)
    return list(worst.values())


def _changed(findings: Findings) -> list[str]:
    scored = [one for one in facts.records_of(findings, CHANGED) if "drop" in one]
    if not scored:
        return []
    measure = facts.task_of(findings).scoring.headline.phrase
    costly = _costly(findings)
    if not costly:
        number = cite(findings, CHANGED, count(len(scored)))
        return [
            f"**Written otherwise:** none of {number} changes that keep the label, such as typing errors, lowers the "
            f"{measure} so much that it matters and that chance does not explain it; few rows could hide it."
        ]
    told = [
        f"{escape(str(one.get('change')), 40)} ({_ends(findings, one)}, n = {_rows(findings, one)})"
        for one in costly[:SHOWN]
    ]
    return [f"**Written otherwise**, with the label kept, rows lose {measure}: {listing(told)}."]


def _remembered(findings: Findings) -> list[str]:
    """That it does better on names which it learned from: with new ones it is worth what it was before."""
    found = [
        one
        for one in facts.records_of(findings, CHANGED)
        if one.get("change") == KNOWN_NAMES
        and one.get("distinguishable") is True
        and facts.amount(one.get("drop")) <= -LEAST_DROP
    ]
    measure = facts.task_of(findings).scoring.headline.phrase
    return [
        f"**Names it learned:** with names of training rows in the place of their own, rows gain {measure} "
        f"({_ends(findings, one)}, n = {_rows(findings, one)}): expect less of names that are new."
        for one in found
    ]


def _ends(findings: Findings, one: Record) -> str:
    before, after = (
        cite(findings, CHANGED, score(facts.amount(one.get(key)))) for key in ("score_before", "score_after")
    )
    return f"{before} to {after}"


def _rows(findings: Findings, one: Record) -> str:
    return cite(findings, CHANGED, count(facts.amount(one.get("rows"))))


def _failed(findings: Findings) -> list[str]:
    records = facts.records_of(findings, TESTED)
    if not records:
        return []
    often = [one for one in records if _low(one) >= LEAST_FAILURE_RATE]
    if not often:
        of = cite(findings, TESTED, count(len(records)))
        return [f"**Behavioural tests:** none of {of} capabilities surely fails often."]
    told = [_failures(findings, one) for one in often[:SHOWN]]
    of = cite(findings, TESTED, count(len(records)))
    more = ", and more of them often" if len(often) > SHOWN else ""
    return [f"**Behavioural tests** often fail; of {of} capabilities {listing(told)} cases{more}."]


def _failures(findings: Findings, one: Record) -> str:
    rate, cases = (facts.amount(one.get(key)) for key in ("failure_rate", "cases"))
    share, of = cite(findings, TESTED, percent(rate)), cite(findings, TESTED, count(cases))
    return f"{code(one.get('capability'), 60)} {share} of {of}"


def _low(one: Record) -> float:
    interval = one.get("failure_interval")
    return facts.amount(interval[0]) if isinstance(interval, list) and interval else 0.0
