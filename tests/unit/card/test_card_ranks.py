"""The card tells ranks that are not simply the recipe's: what is shipped wider, and what a budget has left."""

from __future__ import annotations

from typing import Any

from example_findings import token_run

from tunecard.card.ranks import ranks_line, widening_line
from tunecard.card.sections.identity import answers
from tunecard.evidence import Findings, measured

WIDE: dict[str, Any] = {
    "trained_rank": 16, "shipped_rank": 32, "trained_parameters": 667_787, "shipped_parameters": 1_331_339,
    "largest_difference": 4e-7,
}  # fmt: skip


def with_record(id: str, value: Any) -> Findings:
    findings = token_run()
    findings.add(measured(id, value))
    return findings


def test_what_was_trained_is_told_beside_what_is_shipped() -> None:
    findings = with_record("adapter.widening", WIDE)
    line = widening_line(findings)
    for said in ("667,787 parameters at rank 16", "plain low-rank update of [rank 32]", "base as it was; no logit"):
        assert said in line
    description = answers(findings)["model_description"].text
    assert line in description and "parameters in its file" in description
    plain = answers(token_run())["model_description"].text
    assert "Its start took" not in plain and "trainable parameters" in plain
    rounded = {key: value for key, value in WIDE.items() if key != "largest_difference"}
    assert widening_line(with_record("adapter.widening", rounded)).endswith("on the base as it was.")


def test_what_a_budget_has_left_is_told() -> None:
    findings = with_record("adapter.ranks", {"layer.0.query": 3, "layer.0.value": 12, "layer.1.query": 0})
    assert "ranks of [0 to 12]" in ranks_line(findings)
    assert ranks_line(findings) in answers(findings)["model_description"].text
    assert ranks_line(token_run()) == ""
