"""Parts of a card where no links can lead to records: its limits as sentences, its reliability as numbers."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import plain_words
from tunecard.card.sections.limitations import limits
from tunecard.evidence import Findings


def limits_in_words(findings: Findings) -> list[str]:
    """What the card lists under "Bias, Risks, and Limitations", a sentence or two each."""
    return [plain_words(limit) for limit in limits(findings)]


def reliability(findings: Findings) -> list[dict[str, Any]]:
    """Bins of stated probability: `from`, `to`, `right` (the share of answers in it that is right) and `n`."""
    records = facts.records_of(findings, f"results.{facts.scored_split(findings)}.reliability")
    keys = ("from", "to", "accuracy", "n")
    return [
        {"from": one["from"], "to": one["to"], "right": one["accuracy"], "n": one["n"]}
        for one in records
        if all(isinstance(one.get(key), int | float) for key in keys)
    ]
