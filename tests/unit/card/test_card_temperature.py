"""What the card says of the temperature: both errors and what chose it, or why there is none."""

from __future__ import annotations

from typing import Any

import pytest
from example_findings import score, text_run, token_run
from read_markdown import uncited

from tunecard.card.calibration import temperature_told, thresholds_told
from tunecard.evidence import Finding, Findings, measured, not_measured

HOW = "fitted; n = rows"


def divided(interval: tuple[float, float] | None = (0.0, 0.0311), **changes: Any) -> list[Finding]:
    """The records of a run with a temperature; `changes` are of the error after it."""
    return [
        measured("training.temperature", 1.8889, n=1001, split="validation", method=HOW),
        measured("calibration.validation.nll_before", 0.8106, n=1001, split="validation", method=HOW),
        measured("calibration.validation.nll_after", 0.6001, n=1001, split="validation", method=HOW),
        score("results.test.ece_before", 0.0768, (0.0611, 0.0907), 3080),
        score("results.test.ece", 0.0213, interval, 3080, **changes),
    ]


def told(findings: Findings, *others: Finding) -> str:
    ids = {finding.id for finding in others}
    return uncited(temperature_told(Findings([*(one for one in findings if one.id not in ids), *others])))


@pytest.mark.parametrize(
    ("interval", "chance"),
    [
        ((0.0, 0.0311), " (0.000-0.031) after; chance alone may explain it."),
        ((0.0151, 0.0311), " (0.015-0.031) after; chance alone does not explain it."),
        (None, " after."),
    ],
)
def test_both_errors_are_told_with_what_chance_explains(interval: tuple[float, float] | None, chance: str) -> None:
    said = told(text_run(), *divided(interval))
    assert said == (
        "All logits are divided by the temperature 1.889, which stands in the head's weights and changes no label. "
        "Validation chose both the epoch and the temperature (on 1,001 rows, mean negative log-likelihood 0.811 before "
        "and 0.600 after). On test, the expected calibration error of texts was 0.077 (0.061-0.091) before and is 0.021"
        + chance
    )


def test_of_entities_it_says_what_was_fitted_and_what_is_judged() -> None:
    said = told(token_run(), *divided())
    assert "(on 1,001 words, " in said and "the expected calibration error of predicted entities was" in said


def test_where_labels_are_few_it_says_what_was_aimed_at() -> None:
    said = told(text_run(), *divided(), measured("calibration.expected", 0.41, n=300, split="train", method=HOW))
    assert (
        "Too few labels are held back to fit it: it brings the mean probability of the answers to 1,001 rows of "
        "validation down to 0.410, what linear probes of its head get right in folds of train and a standard error more. On test"
        in said
    )
    assert "Validation chose" not in said


def test_why_there_is_none_is_told() -> None:
    none = not_measured("training.temperature", reason="validation has 16 labelled rows; logits are as trained (T = 1)")
    expected = "No temperature divides the logits: validation has 16 labelled rows; logits are as trained (T = 1)."
    assert told(text_run(), none) == expected


def test_of_an_adapter_made_elsewhere_nothing_is_said() -> None:
    assert told(text_run()) == ""


def test_rows_that_chose_the_temperature_are_named_as_such() -> None:
    others = [one for one in text_run() if one.id not in ("results.headline", "results.test.ece")]
    moved = [
        one.model_copy(update={"id": one.id.replace("results.test.", "results.validation.")})
        for one in [*others, *divided()]
    ]
    moved.append(measured("results.headline", "results.validation.accuracy"))
    assert "On validation, whose rows chose it, the expected" in uncited(temperature_told(Findings(moved)))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"joy": 0.27, "fear": 0.27}, "A label is given from a probability of 0.270 on, whichever it is."),
        ({"joy": 0.27, "fear": 0.4}, "A label is given from its threshold on, a probability between 0.270 and 0.400."),
    ],
)
def test_the_card_says_from_which_probability_on_a_label_is_given(values: dict[str, Any], said: str) -> None:
    found = uncited(thresholds_told(Findings([measured("task.thresholds", values, method=HOW)])))
    assert found.startswith(said)
    assert "`config.json` holds it" in found
    assert not thresholds_told(Findings([]))
