"""What probes of privacy, scope and groups of people found, as limits: sentences and advice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunecard.card import explained_limits, facts
from tunecard.card.markdown import escape, listing
from tunecard.card.numbers import count, percent, signed
from tunecard.card.record_links import cite
from tunecard.card.thresholds import ELSEWHERE, LEAST_FLIP_RATE, LEAST_GAP, MOST_BY_CHANCE, PASSES_AS_USUAL, TOLD_APART
from tunecard.evidence import Findings

MEMBERSHIP = "examination.membership"
OUT_OF_SCOPE, OTHER_DATA = "examination.out_of_scope", "examination.other_data"
SWAPS, TERMS, SHIFT = "examination.group_swaps", "examination.identity_terms", "examination.shift"
SHOWN_TERMS = 5
KEEP = "Do not publish it if who or what was in the training rows must stay unknown."
Record = dict[str, Any]


def limits(findings: Findings) -> list[str]:
    """Sentences for "Bias, Risks, and Limitations", each with its figure."""
    return [
        *_groups(findings),
        *_terms(findings),
        *_membership(findings),
        *_out_of_scope(findings),
        *_shift(findings),
        *explained_limits.limits(findings),
    ]


def advice(findings: Findings) -> list[str]:
    """What to do about them."""
    found = _advice_on_groups(findings)
    if _gives_rows_away(findings):
        found.append(KEEP)
    if _as_sure(findings, OUT_OF_SCOPE, "text") or _as_sure(findings, OTHER_DATA, "data"):
        found.append("Do not take a high probability as a sign that a text is of the kind it was made for.")
    if _from_elsewhere(findings):
        found.append(
            "Take the score for rows like the scored ones alone: what it comes to on rows like the training ones was "
            "not measured."
        )
    return [*found, *explained_limits.advice(findings)]


def risks(findings: Findings) -> list[tuple[str, str]]:
    """Each limit that is about people, with what to do about it; "" where nothing was found that asks for anything."""
    groups = [(limit, " ".join(_advice_on_groups(findings))) for limit in (*_groups(findings), *_terms(findings))]
    return groups + [(limit, KEEP) for limit in _membership(findings)]


def _advice_on_groups(findings: Findings) -> list[str]:
    found = [
        f"Do not let answers decide about people by themselves: they hang on {escape(str(one.get('family')), 40)}."
        for one in _unequal(findings)
    ]
    if terms := [escape(str(one.get("term")), 40) for one in _counts_as_harmful(findings)]:
        found.append(f"Let a person read what is said to be harmful of texts that name {listing(terms[:SHOWN_TERMS])}.")
    return found


def _gives_rows_away(findings: Findings) -> bool:
    finding = findings.get(MEMBERSHIP)
    return finding is not None and finding.interval is not None and finding.interval[0] >= TOLD_APART


def _membership(findings: Findings) -> Iterator[str]:
    finding = findings.get(MEMBERSHIP)
    if finding is not None and _gives_rows_away(findings):
        shown = cite(findings, MEMBERSHIP, percent(float(str(finding.value))))
        yield (
            f"**Training rows show:** by its loss a learned row is told from another one in {shown} of such pairs "
            "(half of them by chance): whoever has the adapter and a text can guess whether it was learned."
            f"{_differ_anyway(findings)}"
        )


def _differ_anyway(findings: Findings) -> str:
    """Where learned rows and others are of two kinds anyway, a loss that tells them apart may tell only that."""
    for one in facts.records_of(findings, SHIFT):
        if one.get("distinguishable") is True:
            shown = cite(findings, SHIFT, percent(facts.amount(one.get("auroc"))))
            return f" By their words alone they are told apart in {shown}, which may be part of it."
    return ""


def _as_sure(findings: Findings, id: str, kind: str) -> dict[str, float]:
    """Kind of text to the share of it that passes as usual, of those where it is large."""
    records = facts.records_of(findings, id)
    shares = {str(one.get(kind)): one.get("probability_false_positives") for one in records}
    return {text: share for text, share in shares.items() if isinstance(share, float) and share >= PASSES_AS_USUAL}


def _out_of_scope(findings: Findings) -> Iterator[str]:
    if shown := _shares(findings, OUT_OF_SCOPE, "text"):
        yield (
            "**As sure of texts made of them:** these shares of such texts get as high a probability as nearly all "
            f"rows as they are: {shown}. Shuffled words and first words may still tell the label."
        )
    if shown := _shares(findings, OTHER_DATA, "data"):
        yield (
            "**Sure about what is out of scope:** these shares of the rows that were named as such get as high a "
            f"probability as nearly all rows in scope: {shown}."
        )


def _shares(findings: Findings, id: str, kind: str) -> str:
    sure = _as_sure(findings, id, kind)
    return listing([f"{escape(text, 60)} {cite(findings, id, percent(share))}" for text, share in sure.items()])


def _from_elsewhere(findings: Findings) -> Record | None:
    """The record of scored rows that are clearly of another source than the training rows; None where they are not."""
    for one in facts.records_of(findings, SHIFT):
        interval = one.get("interval")
        low = facts.amount(interval[0]) if isinstance(interval, list) and interval else 0.0
        if one.get("distinguishable") is True and low >= ELSEWHERE:
            return one
    return None


def _shift(findings: Findings) -> Iterator[str]:
    if (one := _from_elsewhere(findings)) is not None:
        shown = cite(findings, SHIFT, percent(facts.amount(one.get("auroc"))))
        yield (
            f"**Another source:** by its words alone a scored row is told from a training row in {shown} of such pairs "
            "(half of them by chance): the two are not of one source."
        )


def _unequal(findings: Findings) -> list[Record]:
    """Families of groups between which the score differs, or answers flip, by more than chance explains and enough."""
    return [one for one in facts.records_of(findings, SWAPS) if _has_gap(one) or _flips_often(one)]


def _has_gap(one: Record) -> bool:
    return one.get("distinguishable") is True and abs(facts.amount(one.get("gap"))) >= LEAST_GAP


def _flips_often(one: Record) -> bool:
    p = one.get("flip_p")
    return isinstance(p, float) and p <= MOST_BY_CHANCE and facts.amount(one.get("flip_rate")) >= LEAST_FLIP_RATE


def _groups(findings: Findings) -> Iterator[str]:
    families = facts.records_of(findings, SWAPS)
    if not families:
        return
    unequal = _unequal(findings)
    if unequal:
        told = listing([_told(findings, one) for one in unequal])
        yield f"**Groups of people:** the same rows get other answers when they speak of another group: {told}."
        return
    of = cite(findings, SWAPS, count(len(families)))
    yield (
        f"**Groups of people:** in none of {of} families of groups whose words the rows hold do answers or scores "
        "differ beyond what chance explains and the card's thresholds; few rows could hide it."
    )


def _counts_as_harmful(findings: Findings) -> list[Record]:
    """Terms whose harmless sentences rank clearly higher than those of others, by enough."""
    certain = [one for one in facts.records_of(findings, TERMS) if one.get("distinguishable") is True]
    return [one for one in certain if one.get("area") == "BPSN" and facts.amount(one.get("gap")) <= -LEAST_GAP]


def _terms(findings: Findings) -> Iterator[str]:
    records, found = facts.records_of(findings, TERMS), _counts_as_harmful(findings)
    of = cite(findings, TERMS, count(len({str(one.get("term")) for one in records}))) if records else ""
    if records and not found:
        yield f"**Identity terms:** of {of} none makes harmless sentences count as harmful beyond what chance explains."
    if found:
        shown = [
            f"{escape(str(one.get('term')), 40)} {cite(findings, TERMS, signed(facts.amount(one.get('gap'))))}"
            for one in found[:SHOWN_TERMS]
        ]
        yield (
            f"**Identity terms:** harmless sentences with {cite(findings, TERMS, count(len(found)))} of {of} terms "
            "count as harmful more often than with others (BPSN area under the ROC curve against the mean): "
            f"{listing(shown)}."
        )


def _told(findings: Findings, one: Record) -> str:
    family, parts = escape(str(one.get("family")), 40), []
    if _flips_often(one):
        parts.append(f"{cite(findings, SWAPS, percent(facts.amount(one.get('flip_rate'))))} of answers flip")
    if _has_gap(one):
        parts.append(_widest(findings, one))
    return f"{family} ({', '.join(parts)}, n = {cite(findings, SWAPS, count(facts.amount(one.get('rows'))))})"


def _widest(findings: Findings, one: Record) -> str:
    groups = [escape(str(one.get(key)), 40) for key in ("first", "second")]
    gap, measure = facts.amount(one.get("gap")), facts.task_of(findings).scoring.headline.phrase
    return f"{measure} of {groups[0]} minus {groups[1]} {cite(findings, SWAPS, f'{gap:+.3f}')}"
