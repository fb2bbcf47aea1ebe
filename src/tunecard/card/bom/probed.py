"""What probes measured, in the places that CycloneDX has for it: scores of parts, and what befalls groups of people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import one_line
from tunecard.card.probe_limits import SWAPS, risks
from tunecard.card.written_otherwise import CHANGED, TESTED
from tunecard.evidence import Findings

Record = dict[str, Any]
SCORES = "examination.group_scores"
LONGEST = 160


def probed_metrics(findings: Findings) -> list[Record]:
    """Scores of rows written otherwise, of behavioural tests and by group of people, each with its slice."""
    return [*_changed(findings), *_tested(findings), *_by_group(findings)]


def fairness_assessments(findings: Findings) -> list[Record]:
    """One for each family of groups that rows were made to speak of: what changed for them, by the record's figures."""
    advice = " ".join(advice for limit, advice in risks(findings) if "Groups of people" in limit)
    return [_assessment(findings, one, advice) for one in facts.records_of(findings, SWAPS)]


def _assessment(findings: Findings, one: Record, advice: str) -> Record:
    family = one_line(one.get("family"), LONGEST)
    told = [_share(one, "flip_rate", "flip_interval", "of answers flip when the same rows speak of another group")]
    if one.get("gap") is not None:
        told.append(_gap(findings, one))
    record = {"groupAtRisk": family, "harms": f"{'; '.join(filter(None, told))}; n = {one.get('rows')} rows"}
    return record | ({"mitigationStrategy": advice} if family in advice else {})


def _gap(findings: Findings, one: Record) -> str:
    measure = facts.task_of(findings).scoring.headline.phrase
    groups = [one_line(one.get(key), LONGEST) for key in ("first", "second")]
    sure = "more than chance explains" if one.get("distinguishable") is True else "no more than chance explains"
    return f"{measure} of {groups[0]} minus {groups[1]} {one['gap']:+.3f}{_ends(one.get('gap_interval'))}, {sure}"


def _share(one: Record, value: str, interval: str, told: str) -> str:
    return f"{one[value]:.3f}{_ends(one.get(interval))} {told}" if isinstance(one.get(value), float) else ""


def _ends(interval: Any) -> str:
    return f" ({interval[0]:.3f} to {interval[1]:.3f})" if isinstance(interval, list) and len(interval) == 2 else ""


def _changed(findings: Findings) -> Iterator[Record]:
    key = facts.task_of(findings).scoring.headline.key
    for one in facts.records_of(findings, CHANGED):
        how = [str(one.get("change")), *([f"strength {one['strength']}"] if one.get("strength") is not None else [])]
        where = [facts.scored_split(findings), *how]
        yield from _metric(f"drop of {key}", one.get("drop"), one.get("drop_interval"), where)
        yield from _metric("flip rate", one.get("flip_rate"), one.get("flip_interval"), where)


def _tested(findings: Findings) -> Iterator[Record]:
    for one in facts.records_of(findings, TESTED):
        where = [str(one.get("suite")), str(one.get("capability"))]
        yield from _metric("failure rate", one.get("failure_rate"), one.get("failure_interval"), where)


def _by_group(findings: Findings) -> Iterator[Record]:
    key = facts.task_of(findings).scoring.headline.key
    for one in facts.records_of(findings, SCORES):
        where = [facts.scored_split(findings), str(one.get("family")), str(one.get("group"))]
        yield from _metric(key, one.get("score"), None, where)


def _metric(kind: str, value: Any, interval: Any, where: list[str]) -> Iterator[Record]:
    if not isinstance(value, int | float):
        return
    record: Record = {"type": kind, "value": str(value), "slice": one_line(", ".join(where), LONGEST)}
    if isinstance(interval, list) and len(interval) == 2:
        record["confidenceInterval"] = {"lowerBound": str(interval[0]), "upperBound": str(interval[1])}
    yield record
