"""What the card says of keeping answers back: what the surest half errs, and which thresholds hold which risk."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import table
from tunecard.card.numbers import percent, score, score_range
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

HALF = 0.5


def curve_id(findings: Findings) -> str:
    """The id of the scored split's curve."""
    return f"results.{facts.scored_split(findings)}.risk_coverage"


def points(findings: Findings) -> list[dict[str, Any]]:
    """The points of the curve, from the fewest answers to all; those that are not whole are left out."""
    found = facts.records_of(findings, curve_id(findings))
    return [one for one in found if all(_is_number(one.get(key)) for key in ("coverage", "risk", "threshold"))]


def interval_of(record: dict[str, Any], key: str) -> tuple[float, float] | None:
    """The two ends of an interval in a record; None where there is none."""
    ends = record.get(key)
    is_whole = isinstance(ends, list) and len(ends) == 2 and all(map(_is_number, ends))
    return (float(ends[0]), float(ends[1])) if is_whole else None  # type: ignore[index]


def abstaining_told(findings: Findings) -> str:
    """A paragraph and a table of thresholds; empty where no answer states a probability."""
    told = [_surest_half(findings), _thresholds(findings)]
    return "\n\n".join(part for part in told if part)


def abstaining_advice(findings: Findings) -> list[str]:
    """The threshold to answer from, of the risks that validation could show to be held the least strict one."""
    id = _chosen_id(findings)
    found = [record for record in _chosen(findings) if record.get("threshold") is not None]
    if not found:
        return []
    last = found[-1]
    shown = {key: cite(findings, id, percent(last[key])) for key in ("at_most", "coverage", "risk")}
    threshold = cite(findings, id, score(last["threshold"]))
    split, answers = facts.scored_split(findings), facts.answer_word(findings)
    return [
        f"Where a person can take over, answer only from a stated probability of {threshold} on: chosen for a risk of "
        f"at most {shown['at_most']}, it gives {shown['coverage']} of the {answers} of {split} and errs in "
        f"{shown['risk']} of those."
    ]


def _surest_half(findings: Findings) -> str:
    known = points(findings)
    if not known:
        return ""
    half = min(known, key=lambda one: abs(one["coverage"] - HALF))
    if half is known[-1]:
        return ""
    id, answers = curve_id(findings), facts.answer_word(findings)
    shown = [cite(findings, id, score(one["risk"])) for one in (half, known[-1])]
    share = cite(findings, id, percent(half["coverage"]))
    told = f"Of the {share} of {answers} that it is surest of, a share of {shown[0]} is wrong, of all {shown[1]}."
    area = facts.quoted(findings, id.replace("risk_coverage", "aurc"), score)
    at_random = f" The area under risk against coverage is {area}; kept back at random, it would be {shown[1]}."
    return told + (at_random if area else "")


def _thresholds(findings: Findings) -> str:
    id = _chosen_id(findings)
    rows = [_row(findings, id, record) for record in _chosen(findings)]
    header = ["Risk at most", "answer from a probability of", "risk", "95 % interval", "coverage", "95 % interval"]
    return table(header, rows) if rows else ""


def _row(findings: Findings, id: str, record: dict[str, Any]) -> list[str]:
    risk = cite(findings, id, percent(record["at_most"]))
    if record.get("threshold") is None:
        return [risk, "validation shows none", "-", "-", "-", "-"]
    cells = [risk, cite(findings, id, score(record["threshold"]))]
    for key in ("risk", "coverage"):
        interval = interval_of(record, f"{key}_interval")
        cells += [cite(findings, id, score(record[key])), score_range(interval) if interval else "-"]
    return cells


def _chosen(findings: Findings) -> list[dict[str, Any]]:
    """The records that are whole, the strictest risk first; none gives an answer where it gives no risk."""
    found = [one for one in facts.records_of(findings, _chosen_id(findings)) if _is_number(one.get("at_most"))]
    keys = ("threshold", "coverage", "risk")
    return [one for one in found if one.get("threshold") is None or all(_is_number(one.get(key)) for key in keys)]


def _chosen_id(findings: Findings) -> str:
    return f"results.{facts.scored_split(findings)}.abstention"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
