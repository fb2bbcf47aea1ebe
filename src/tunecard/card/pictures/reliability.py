"""Whether a stated probability comes true: confidence and accuracy of each bin, with the bin's size.

Bins of equal mass crowd at the upper end of a diagonal, where a good model is nearly always sure. Here each has a line
of its own, so that its size and its interval can be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunecard.card import facts
from tunecard.card.numbers import count, score
from tunecard.card.pictures.forest import Block, Kind, Line, draw_forest
from tunecard.evidence import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOLD = 5
LEAST_BINS = 2
SUREST = 0.999
LEGEND = {
    "stated": "mean probability that was stated",
    "part": "share that was right",
    "low": "share that was right, clearly less than stated",
    "high": "share that was right, clearly more than stated",
}


@dataclass(frozen=True)
class Bin:
    """One bin of `results.<split>.reliability`: its range, mean confidence, accuracy with interval, and size."""

    low: float
    high: float
    confidence: float
    accuracy: float
    interval: tuple[float, float]
    n: int


def bins_of(findings: Findings) -> list[Bin]:
    """The bins, least confident first; records that are not whole are left out."""
    return [one for record in facts.records_of(findings, _id(findings)) if (one := _bin(record)) is not None]


def answers_of(findings: Findings) -> str:
    """What is counted, in the plural."""
    return facts.answer_word(findings)


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [_id(findings), _id(findings).replace(".reliability", ".ece")]


def words(findings: Findings) -> str:
    """The error, and of some bins what was stated and what came true."""
    bins = bins_of(findings)
    if len(bins) < LEAST_BINS:
        return ""
    finding = findings[_id(findings)]
    ece = facts.value_of(findings, sources(findings)[1])
    off = f" Off by {score(ece)} on average." if ece is not None else ""
    told = ", ".join(f"{score(one.confidence)} {score(one.accuracy)}" for one in bins[:: max(1, len(bins) // TOLD)])
    total = f"{count(finding.n)} {answers_of(findings)}" if finding.n is not None else answers_of(findings)
    first = f"Reliability of the stated probabilities of {total}, in {len(bins)} bins with 95 % intervals."
    return f"{first}{off} Stated and right in some of them: {told}."


def _id(findings: Findings) -> str:
    return f"results.{facts.scored_split(findings)}.reliability"


def _bin(record: dict[str, Any]) -> Bin | None:
    keys = ("from", "to", "confidence", "accuracy", "n")
    interval = record.get("interval")
    if not all(isinstance(record.get(key), int | float) for key in keys) or not isinstance(interval, list):
        return None
    if len(interval) != 2 or not all(isinstance(end, int | float) for end in interval):
        return None
    low, high, confidence, accuracy, n = (record[key] for key in keys)
    return Bin(low, high, confidence, accuracy, (float(interval[0]), float(interval[1])), int(n))


def draw(findings: Findings) -> Figure:
    """One line a bin, surest first: a bar at the mean confidence, a mark at the accuracy with its interval."""
    lines = [_line(one) for one in reversed(bins_of(findings))]
    title = f"Do stated probabilities come true? {answers_of(findings).capitalize()} in equal bins, 95 % intervals"
    return draw_forest(title, [Block("Share that was right", lines, names="stated")], ("right", "n"), LEGEND)


def _line(one: Bin) -> Line:
    return Line(
        _range(one),
        one.accuracy,
        score(one.accuracy),
        count(one.n),
        one.interval,
        _kind(one),
        stated=one.confidence,
    )


def _kind(one: Bin) -> Kind:
    low, high = one.interval
    return "low" if high < one.confidence else "high" if low > one.confidence else "part"


def _range(one: Bin) -> str:
    if one.low > SUREST:
        return f"over {SUREST}"
    ends = score(one.low), score(one.high)
    return ends[0] if ends[0] == ends[1] else "\u2013".join(ends)
