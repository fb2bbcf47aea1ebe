"""What attributions and words that give labels away say among the limits, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import code, escape, listing
from tunecard.card.numbers import count, percent, plain_number
from tunecard.card.record_links import cite
from tunecard.card.thresholds import NOT_CONVERGED
from tunecard.evidence import Findings

ATTRIBUTIONS, FAITHFULNESS = "examination.attributions", "examination.faithfulness"
GIVE_AWAYS = "examination.give_away_words"
BETTER = "better than random"
Record = dict[str, Any]


def limits(findings: Findings) -> list[str]:
    """Sentences for "Bias, Risks, and Limitations", each with its figure."""
    return [*_given_away(findings), *_unfaithful(findings), *_unfinished(findings)]


def advice(findings: Findings) -> list[str]:
    """What to do about them."""
    found = []
    if words := _confirmed(findings):
        found.append(
            f"Find out how {listing([_word(one) for one in words])} came into the rows: if it will not be there in "
            "use, take it out and train again."
        )
    if _no_better(findings):
        found.append("Do not show its attributions to anybody as reasons for an answer.")
    return found


def _confirmed(findings: Findings) -> list[Record]:
    return [one for one in facts.records_of(findings, GIVE_AWAYS) if one.get("confirmed") is True]


def _word(one: Record) -> str:
    told = str(one.get("word"))
    return escape(told, 40) if told.startswith("a word of ") else code(told, 40)


def _given_away(findings: Findings) -> Iterator[str]:
    for one in _confirmed(findings):
        pure, covers = (
            cite(findings, GIVE_AWAYS, percent(facts.amount(one.get(key))))
            for key in ("of_them_with_the_label", "of_the_label_with_the_word")
        )
        yield (
            f"**Given away:** {_word(one)} all but tells {code(str(one.get('label')), 40)}: {pure} of the training "
            f"rows with it have that label, and {covers} of those with the label hold it. Answers rest on it"
            f"{_without_it(findings, one)}."
        )


def _without_it(findings: Findings, one: Record) -> str:
    flips, rows = one.get("flip_rate"), one.get("rows_without_it")
    if not isinstance(flips, float):
        return ""
    shown = cite(findings, GIVE_AWAYS, percent(flips))
    return f": without it {shown} of them lose the label (n = {cite(findings, GIVE_AWAYS, count(facts.amount(rows)))})"


def _no_better(findings: Findings) -> list[Record]:
    return [one for one in facts.records_of(findings, FAITHFULNESS) if one.get("verdict") not in (None, BETTER)]


def _unfaithful(findings: Findings) -> Iterator[str]:
    if worse := _no_better(findings):
        gaps = [
            f"{escape(str(one.get('measure')), 40)} "
            + cite(findings, FAITHFULNESS, plain_number(facts.amount(one.get("better_by"))))
            for one in worse
        ]
        yield (
            "**Attributions:** the words that integrated gradients name are not distinguishable from random ones by "
            f"what masking them does to an answer's score (better by: {listing(gaps)})."
        )


def _unfinished(findings: Findings) -> Iterator[str]:
    finding = findings.get(ATTRIBUTIONS)
    value = finding.value if finding is not None else None
    if finding is None or not isinstance(value, dict) or not finding.n:
        return
    missed = facts.amount(value.get("rows_not_converged"))
    if missed / finding.n >= NOT_CONVERGED:
        shown = " of ".join(cite(findings, ATTRIBUTIONS, count(number)) for number in (missed, finding.n))
        yield f"**Attributions:** those of {shown} rows do not add up to their answer's score within the tolerance."
