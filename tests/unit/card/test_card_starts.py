"""Where training began and which epoch was kept, as the card says it; a phase that was left out is not passed over."""

from __future__ import annotations

import pytest
from example_findings import text_run
from read_markdown import uncited

from tunecard.card.sections.training import answers
from tunecard.card.starts import starts_told
from tunecard.evidence import Findings, measured, not_measured


def test_a_phase_that_was_left_out_is_told_with_its_reason() -> None:
    reason = "the probe of the frozen base does best with the view first, not mean"
    found = starts_told(Findings([not_measured("training.warm_start", reason=reason)]))
    assert [uncited(sentence) for sentence in found] == [f"There was no phase without labels: {reason}."]


def test_a_phase_that_took_place_is_told_with_its_cosines() -> None:
    value = {"view": "mean", "steps": 50, "rows": 900, "cosine_before": 0.5, "cosine_after": 0.9, "seconds": 1.0}
    (found,) = starts_told(Findings([measured("training.warm_start", value, n=900)]))
    assert "the mean of the frozen token vectors of 900 rows" in uncited(found)
    assert "went from 0.500 to 0.900" in uncited(found)


def test_nothing_is_said_of_a_phase_that_nobody_asked_for() -> None:
    assert starts_told(Findings([])) == []


@pytest.mark.parametrize(
    ("keep", "why"),
    [
        ("best", "was kept (the best on validation)"),
        ("level", "was kept (the last within a standard error of the best on validation)"),
        ("last", "was kept (the last)"),
        (None, "was kept."),
    ],
)
def test_the_card_says_why_an_epoch_was_kept(keep: str | None, why: str) -> None:
    findings = text_run()
    settings = dict(findings.value("training.hyperparameters")) | {"keep": keep}
    changed = Findings(measured(one.id, settings) if one.id == "training.hyperparameters" else one for one in findings)
    assert why in uncited(answers(changed)["speeds_sizes_times"].text)


def test_a_head_from_a_probe_is_told_from_the_baseline_only_where_there_is_one() -> None:
    of_spans = [measured("task.name", "question-answering"), measured("training.head_probe", 0.44, name="x", n=900)]
    (alone,) = starts_told(Findings(of_spans))
    assert alone.startswith("The head started from its own linear probe (accuracy among drawn tokens ")
    of_tags = [measured("task.name", "token-classification"), measured("training.head_probe", 0.89, name="x", n=900)]
    (beside,) = starts_told(Findings([*of_tags, measured("baseline.probe.test.f1", 0.4, name="x", n=9, split="test")]))
    assert "its own linear probe, not the baseline's (accuracy " in beside
