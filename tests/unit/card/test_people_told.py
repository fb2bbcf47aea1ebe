"""Groups that fare worse by enough stand among the limits with an advice; all that were compared in a table."""

from __future__ import annotations

from typing import Any

import pytest
from example_findings import text_run

from tunecard.card.sections.limitations import answers
from tunecard.evidence import Findings, measured

USUAL: dict[str, Any] = {"column": "identity", "group": "gay", "rows": 60, "score": 0.5, "interval": [0.377, 0.623]}


def told(**fields: Any) -> tuple[str, str]:
    gap = {"gap": -0.4, "gap_interval": [-0.53, -0.27], "p": 0.001, "distinguishable": True}
    value: Any = [USUAL | gap | fields]
    found = answers(Findings([*text_run(), measured("results.test.people", value, n=300, method="by hand")]))
    return found["bias_risks_limitations"].text, found["bias_recommendations"].text


def test_a_group_that_fares_worse_is_a_limit_and_an_advice() -> None:
    limits, advice = told()
    at = len(text_run()) + 1
    assert f"clearly worse off than all others (accuracy): identity gay [-0.400][{at}]." in limits
    assert "| identity gay | 60 | 0.500 (0.377-0.623) | -0.400 (-0.530 to -0.270) | 0.001 |" in limits
    assert "Do not rely on answers to rows of identity gay" in advice
    assert "differences between groups of people" not in limits.partition("**Not tested:**")[2]


@pytest.mark.parametrize("fields", [{"gap": -0.049}, {"distinguishable": False}, {"gap": 0.4}])
def test_less_than_that_is_none(fields: dict[str, Any]) -> None:
    limits, advice = told(**fields)
    assert "groups of people is clearly worse off than all others." in limits and "identity gay" not in advice
