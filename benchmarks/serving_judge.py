"""Whether an answer over HTTP is the one that `predict` gives: labels, places of entities, and scores within rounding."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

ROUNDING = 2e-4  # of a probability: fp32 in another order, through at most a softmax
Shaped = Sequence[Mapping[str, Any]]


def is_right(expected: Sequence[Shaped], body: bytes) -> bool:
    """Whether a body holds the expected answer to each row."""
    try:
        given = json.loads(body)
    except ValueError:
        return False
    if not isinstance(given, list) or len(given) != len(expected):
        return False
    return all(_is_alike(one, other) for one, other in zip(expected, given, strict=True))


def _is_alike(expected: Shaped, given: Any) -> bool:
    if not isinstance(given, list) or len(given) != len(expected) or not all(isinstance(one, dict) for one in given):
        return False
    places = ("entity_group", "start", "end", "word")
    if expected and "label" not in expected[0]:
        return all(
            all(one[key] == other.get(key) for key in places) and _is_close(one, other)
            for one, other in zip(expected, given, strict=True)
        )
    scores = {one.get("label"): one for one in given}
    if any(one["label"] not in scores or not _is_close(one, scores[one["label"]]) for one in expected):
        return False
    return not expected or _is_close(
        expected[0], given[0]
    )  # the likeliest first; another one only where both are level


def _is_close(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    score = other.get("score")
    return isinstance(score, int | float) and abs(one["score"] - score) <= ROUNDING
