"""Differences between two readings of the same rows follow from the scores that stand beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.evidence import Findings
from tunecard.evidence.comparing import is_equal
from tunecard.metrics.intervals import LEVEL

NEAR = 1e-9
AS_USED = "examination.as_used"
READINGS = {  # record to the two scores, of which the second's gain over the first is told
    AS_USED: ("on_annotated_words", "on_raw_text"),
    "examination.windows": ("cut_off", "in_windows"),
}


def reading_problems(findings: Findings) -> Iterator[str]:
    """What does not follow, a sentence each."""
    for id, (first, second) in READINGS.items():
        value = findings.value(id)
        for one in value if isinstance(value, list) else []:
            if isinstance(one, Mapping) and not _is_headline(findings, id, one, first):
                yield f"{id}: {first} of all rows is not their headline score"
            if isinstance(one, Mapping) and "difference" in one:
                gain = one[second] - one[first]
                if min(abs(one["difference"] - gain), abs(one["difference"] + gain)) > NEAR:
                    yield f"{id}: difference does not follow from {first} and {second}"
                if one.get("distinguishable") is not (one.get("p") is not None and one["p"] <= 1 - LEVEL):
                    yield f"{id}: distinguishable does not follow from p"


def _is_headline(findings: Findings, id: str, one: Mapping[str, Any], first: str) -> bool:
    """Of all rows, the stored answers score what the card leads with; of fewer rows, or answers anew, nobody knows."""
    split, headline = findings[id].split, findings.get(str(findings.value("results.headline")))
    is_same = headline is not None and headline.split == split and headline.id.endswith((".f1", ".accuracy"))
    if id != AS_USED or not is_same or one.get("rows") != findings.value(f"data.{split}.rows"):
        return True
    return headline is not None and is_equal(headline.value, one.get(first))
