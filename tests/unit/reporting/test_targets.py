"""Published scores as records: declared as the recipe has them, the difference derived, a missing score a gap."""

from __future__ import annotations

from typing import Any

import pytest

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import RecipeError
from tunecard.evidence import Findings, measured, not_measured
from tunecard.evidence.catalogue import faults_of
from tunecard.reporting.targets import target_findings

PUBLISHED = {"metric": "accuracy", "split": "validation", "value": 0.909, "by": "LoRA", "source": "arXiv, Table 2"}


def targets(*told: dict[str, Any]) -> Any:
    return check_recipe({"data": {"source": "x"}, "evaluation": {"targets": list(told)}}).evaluation.targets


def own(value: float = 0.9) -> Findings:
    return Findings(
        [
            measured("results.validation.accuracy", value, name="Accuracy", n=408, interval=(0.87, 0.93), level=0.95),
            not_measured("results.test.accuracy", name="Accuracy", reason="no labels"),
        ]
    )


def test_the_score_is_declared_and_the_difference_keeps_the_own_interval() -> None:
    published, difference = target_findings(targets(PUBLISHED | {"seeds": 5, "spread": 0.012}), own())
    assert (published.id, published.status, published.n, published.split) == ("target.1", "declared", 5, "validation")
    assert published.value["spread"] == 0.012 and published.value["protocol"] is None
    assert (difference.id, difference.status, difference.n) == ("target.1.difference", "derived", 408)
    assert difference.value == pytest.approx(-0.009)
    assert difference.interval == pytest.approx((-0.039, 0.021)) and difference.level == 0.95


@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_score_that_this_run_has_not_is_a_gap_with_its_reason(split: str) -> None:
    metric = {"test": "accuracy", "validation": "macro_f1"}[split]
    _, difference = target_findings(targets(PUBLISHED | {"split": split, "metric": metric}), own())
    assert difference.status == "not measured"
    assert f"results.{split}.{metric} has no value in this run" in (difference.reason or "")


def test_the_catalogue_wants_a_difference_for_each_and_for_nothing_else() -> None:
    found = Findings([*own(), *target_findings(targets(PUBLISHED, PUBLISHED), own())])
    assert [finding.id for finding in found.under("target")] == [
        "target.1", "target.1.difference", "target.2", "target.2.difference",
    ]  # fmt: skip
    assert not [fault for fault in faults_of(found) if "target" in fault]
    alone = Findings([finding for finding in found if finding.id != "target.2.difference"])
    assert "target.2.difference must be recorded and is missing" in faults_of(alone)


def test_faults_of_a_target_come_together() -> None:
    with pytest.raises(RecipeError) as caught:
        targets({"metric": "accuracy", "split": "dev", "value": "90.9", "sourc": "x"})
    assert "evaluation.targets must be a list of published scores" in str(caught.value)
