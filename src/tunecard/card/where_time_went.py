"""Where the time of a run went, longest first: the same words in the card and in the closing lines."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.numbers import duration
from tunecard.evidence import Findings

RECORD = "run.stages"
SHOWN = 3


def longest_stages(findings: Findings, most: int = SHOWN) -> str:
    """The stages that took longest, each with its time, as plain text; "" where no stage took any.

    Args:
        most: how many are named.
    """
    timed = [(str(row.get("stage")), row.get("seconds")) for row in facts.records_of(findings, RECORD)]
    known = [(name, float(seconds)) for name, seconds in timed if isinstance(seconds, int | float) and seconds > 0]
    longest = sorted(known, key=lambda pair: -pair[1])[:most]
    return ", ".join(f"{name} {duration(seconds)}" for name, seconds in longest)
