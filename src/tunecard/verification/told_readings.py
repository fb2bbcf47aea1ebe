"""Differences between two readings of the same rows follow from the scores that stand beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecard.evidence import Findings
from tunecard.metrics.intervals import LEVEL

NEAR = 1e-9
READINGS = {  # record to the two scores, of which the second's gain over the first is told
    "examination.as_used": ("on_annotated_words", "on_raw_text"),
    "examination.windows": ("cut_off", "in_windows"),
}


def reading_problems(findings: Findings) -> Iterator[str]:
    """What does not follow, a sentence each."""
    for id, (first, second) in READINGS.items():
        value = findings.value(id)
        for one in value if isinstance(value, list) else []:
            if isinstance(one, Mapping) and "difference" in one:
                gain = one[second] - one[first]
                if min(abs(one["difference"] - gain), abs(one["difference"] + gain)) > NEAR:
                    yield f"{id}: difference does not follow from {first} and {second}"
                if one.get("distinguishable") is not (one.get("p") is not None and one["p"] <= 1 - LEVEL):
                    yield f"{id}: distinguishable does not follow from p"
