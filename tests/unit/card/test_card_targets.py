"""Published scores in the card: which split each is of, how it came about, and never a claim of equality."""

from __future__ import annotations

from typing import Any

from example_findings import text_run
from read_markdown import uncited

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.card.sections.results import answers
from tunecard.card.targets import targets_told
from tunecard.evidence import Findings
from tunecard.reporting.targets import target_findings

PAPER: dict[str, Any] = {
    "metric": "accuracy", "split": "test", "value": 0.7513, "by": "T-NER, full fine-tuning", "source": "its card",
    "protocol": "held-out", "differs": "all weights learn there.", "seeds": 5, "statistic": "median", "spread": 0.01,
}  # fmt: skip
GUIDE: dict[str, Any] = {
    "metric": "accuracy",
    "split": "validation",
    "value": 0.8158,
    "by": "PEFT's guide",
    "source": "the guide",
}


def with_targets(*told: dict[str, Any]) -> Findings:
    recipe = check_recipe({"data": {"source": "x"}, "evaluation": {"targets": list(told)}})
    findings = text_run()
    return Findings([*findings, *target_findings(recipe.evaluation.targets, findings)])


def test_nothing_is_said_where_nothing_was_published() -> None:
    assert targets_told(text_run()) == ""


def test_each_is_told_with_its_split_and_protocol() -> None:
    told = uncited(targets_told(with_targets(PAPER, GUIDE)))
    assert "| T-NER, full fine-tuning: accuracy | test | 0.751 |" in told
    assert "| PEFT's guide: accuracy | validation | 0.816 | not measured | - | - |" in told
    assert "a score of the test split, on rows that chose nothing; median of 5 runs; published spread 0.010" in told
    assert "what differs here: all weights learn there." in told
    assert "how the epoch was chosen is not known" in told
    assert "no proof that both are equal" in told


def test_the_section_of_results_holds_them() -> None:
    assert "Published scores" in answers(with_targets(PAPER))["results"].text


def test_what_somebody_wrote_formats_nothing() -> None:
    told = targets_told(with_targets(PAPER | {"by": "a | b", "differs": "<script>"}))
    assert "<script>" not in told and "a \\| b" in told
