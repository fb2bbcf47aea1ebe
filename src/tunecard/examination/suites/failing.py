"""Whether the answers to a case's texts fail its test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.examination.suites.case import Case

TOLERANCE = 0.1  # of a probability that must not drop or rise, as CheckList's own suites have it


def is_failed(case: Case, answers: Sequence[Any], probabilities: Sequence[Any] | None, labels: Sequence[str]) -> bool:
    """Whether any text of the case has an answer that the test does not allow.

    Args:
        answers: to the texts of the case, in order.
        probabilities: of each text, in the order of `labels`; of DIR alone.

    >>> original = Case("t", "c", "INV", ({"text": "a"}, {"text": "b"}))
    >>> is_failed(original, ["x", "x"], None, "xy"), is_failed(original, ["x", "y"], None, "xy")
    (False, True)
    """
    if case.kind == "MFT":
        return any(answer not in allowed for answer, allowed in zip(answers, case.allowed, strict=True))
    if case.kind == "INV":
        return any(answer != answers[0] for answer in answers)
    place = list(labels).index(answers[0])
    first, *others = (stated[place] for stated in probabilities or [])
    sign = 1 if case.must_not == "drop" else -1
    return any(sign * (first - other) > TOLERANCE for other in others)
