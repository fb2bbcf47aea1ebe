"""What reading rows as they are used, and not as they were scored, says of limits: sentences and advice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunecard.card import facts
from tunecard.card.numbers import count, score
from tunecard.card.record_links import cite
from tunecard.card.thresholds import LEAST_OF_READING
from tunecard.evidence import Findings

AS_USED, WINDOWS = "examination.as_used", "examination.windows"
Record = dict[str, Any]


def limits(findings: Findings) -> list[str]:
    """A sentence for each reading under which scores are distinguishably other than the card leads with."""
    return [*_raw_text(findings), *_long_rows(findings)]


def advice(findings: Findings) -> list[str]:
    """What to do about them."""
    found = []
    if _loses_on_raw_text(findings):
        found.append("Give it words as the data set splits them, where they are at hand, and not plain text.")
    if _gains(findings):
        found.append("Split long texts into parts that it reads whole, and take the mean of what it says of each.")
    if _loses_in_windows(findings):
        found.append("Split long rows where they may be split by meaning before predicting.")
    return found


def _only(findings: Findings, id: str) -> Record:
    records = facts.records_of(findings, id)
    return records[0] if records else {}


def _differs(one: Record, sign: int) -> bool:
    return one.get("distinguishable") is True and sign * facts.amount(one.get("difference")) >= LEAST_OF_READING


def _loses_on_raw_text(findings: Findings) -> bool:
    return _differs(_only(findings, AS_USED), -1)


def _gains(findings: Findings) -> bool:
    one = _only(findings, WINDOWS)
    return one.get("predict_reads") == "cut_off" and _differs(one, 1)


def _loses_in_windows(findings: Findings) -> bool:
    one = _only(findings, WINDOWS)
    return one.get("predict_reads") == "in_windows" and _differs(one, -1)


def _raw_text(findings: Findings) -> Iterator[str]:
    if _loses_on_raw_text(findings):
        one = _only(findings, AS_USED)
        yield (
            f"**Raw text:** split into words by `predict` itself, the same rows score "
            f"{_figure(findings, AS_USED, one, 'on_raw_text')} in place of "
            f"{_figure(findings, AS_USED, one, 'on_annotated_words')} (F1 of exact spans, n = "
            f"{cite(findings, AS_USED, count(facts.amount(one.get('rows'))))})."
        )


def _long_rows(findings: Findings) -> Iterator[str]:
    if _gains(findings) or _loses_in_windows(findings):
        one = _only(findings, WINDOWS)
        whole, cut = (_figure(findings, WINDOWS, one, key) for key in ("in_windows", "cut_off"))
        measure = facts.task_of(findings).scoring.headline.phrase
        rows = f"n = {cite(findings, WINDOWS, count(facts.amount(one.get('rows'))))}"
        told = f"{measure} is {whole}, cut {cut} ({rows})"
        if _gains(findings):
            yield f"**Long texts** are cut, and what is cut off matters: read to the end, {told}."
        else:
            yield f"**Long rows** lose in the windows that `predict` reads them in: {told}."


def _figure(findings: Findings, id: str, one: Record, key: str) -> str:
    return cite(findings, id, score(facts.amount(one.get(key))))
