"""Parts of a card where no links can lead to records: its limits as sentences, its reliability as numbers."""

from __future__ import annotations

import re
from typing import Any

from tunecard.card import facts
from tunecard.card.sections.limitations import answers
from tunecard.evidence import Findings

_LINK = re.compile(r"\[([^\]]*)\](?:\[\d+\]|\([^)]*\))")
_MARKS = re.compile(r"(?<!\\)(\*\*|\*|`)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(markdown: str) -> str:
    r"""Words alone, of one paragraph.

    >>> plain(r"**Weak:** `a\_b` [0.5][12] of [9](evidence.json#L3), 2 \* 3")
    'Weak: a_b 0.5 of 9, 2 * 3'
    """
    return _ESCAPE.sub(r"\1", _MARKS.sub("", _LINK.sub(r"\1", markdown)))


def limits_in_words(findings: Findings) -> list[str]:
    """What the card lists under "Bias, Risks, and Limitations", a sentence or two each."""
    text = answers(findings)["bias_risks_limitations"].text
    return [plain(line.removeprefix("- ")) for line in text.splitlines() if line.startswith("- ")]


def reliability(findings: Findings) -> list[dict[str, Any]]:
    """Bins of stated probability: `from`, `to`, `right` (the share of answers in it that is right) and `n`."""
    records = facts.records_of(findings, f"results.{facts.scored_split(findings)}.reliability")
    keys = ("from", "to", "accuracy", "n")
    return [
        {"from": one["from"], "to": one["to"], "right": one["accuracy"], "n": one["n"]}
        for one in records
        if all(isinstance(one.get(key), int | float) for key in keys)
    ]
