"""What running it takes stands under hardware and speeds; other readings are limits by the thresholds alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from example_findings import text_run, token_run
from read_markdown import uncited

from tunecard.card import render_card
from tunecard.card.sections import specifications, training
from tunecard.card.sections.limitations import answers
from tunecard.card.thresholds import LEAST_OF_READING
from tunecard.evidence import Findings, RunFolder, measured, not_measured
from tunecard.verification.lint import check_citations, check_prose

SPEED = [
    {
        "rows": rows, "calls": 30, "median_ms": median, "median_interval": [median * 0.9, median * 1.1],
        "percentile_95_ms": median * 2, "rows_per_second": 1e3 * rows / median, "rows_per_second_interval": None,
        "tokens_a_row": 10.0, "tokens_per_second": 1e4 * rows / median,
    }
    for rows, median in ((1, 12.5), (32, 200.0))
]  # fmt: skip
COSTS = [
    measured("prediction.speed", SPEED, n=60, method="timed"),
    measured("prediction.load_seconds", 1.25, n=3, interval=(1.2, 1.4), unit="s", method="loaded"),
    measured("prediction.peaks", [{"rows": 1, "peak_bytes": 5e8}, {"rows": 32, "peak_bytes": 6e8}], method="VmHWM"),
    measured("prediction.least_memory_bytes", 640 * 2**20, n=5, interval=(576 * 2**20, 640 * 2**20), method="caps"),
]


def test_memory_times_and_rates_stand_with_their_records() -> None:
    findings = Findings([*token_run(), *COSTS])
    told = uncited(specifications.answers(findings)["hardware_requirements"].text)
    assert "it ran under a cap of 671 MB and failed under 604 MB" in told
    assert "500 MB with 1 row, 600 MB with 32 rows a call" in told and "Loading base and adapter: 1.2 s" in told
    assert "| 32 | 200 (180-220) | 400 | 160 | 1,600 | 30 |" in told and "One row at a time" not in told
    assert "1,600 tokens or 160 rows a second in predicting, 32 rows a call" in uncited(
        training.answers(findings)["speeds_sizes_times"].text
    )
    render_card(findings)


def test_what_was_not_asked_says_with_which_command() -> None:
    bare = Findings(finding for finding in token_run() if not finding.id.startswith("prediction."))
    told = specifications.answers(bare)["hardware_requirements"]
    assert told.text == "Not measured: `tunecard examine DIR --probes speed,memory` measures it."
    gap = not_measured("prediction.least_memory_bytes", reason="only Linux does")
    assert "Least memory" not in specifications.answers(Findings([*token_run(), gap]))["hardware_requirements"].text


def reading(first: str, second: str, size: float, **more: Any) -> dict[str, Any]:
    return {"rows": 90, first: 0.8, second: 0.8 + size, "difference": size, "p": 0.01, "distinguishable": True, **more}


def told(run: Findings, id: str, record: dict[str, Any]) -> tuple[str, str]:
    found = answers(Findings([*run, measured(id, [record], n=90)]))
    return uncited(found["bias_risks_limitations"].text), found["bias_recommendations"].text


def test_raw_text_that_scores_lower_is_a_limit() -> None:
    lower = reading("on_annotated_words", "on_raw_text", -0.1)
    limits, advice = told(token_run(), "examination.as_used", lower)
    assert "the same rows score 0.700 in place of 0.800 (F1 of exact spans, n = 90)" in limits
    assert "Give it words as the data set splits them" in advice


@pytest.mark.parametrize(
    "changes", [{"difference": -LEAST_OF_READING / 2}, {"distinguishable": False}, {"difference": 0.1}]
)
def test_a_small_or_uncertain_difference_or_a_gain_is_none(changes: dict[str, Any]) -> None:
    record = reading("on_annotated_words", "on_raw_text", -0.1) | changes
    limits, advice = told(token_run(), "examination.as_used", record)
    assert "Raw text" not in limits and "as the data set splits them" not in advice


def test_long_texts_that_are_cut_are_a_limit_where_the_rest_matters() -> None:
    gain = reading("cut_off", "in_windows", 0.1, predict_reads="cut_off", windows=400)
    limits, advice = told(text_run(), "examination.windows", gain)
    assert "what is cut off matters: read to the end, accuracy is 0.900, cut 0.800 (n = 90)" in limits
    assert "take the mean of what it says of each" in advice
    whole = gain | {"predict_reads": "in_windows"}
    assert "what is cut off matters" not in told(text_run(), "examination.windows", whole)[0]
    lost = reading("cut_off", "in_windows", -0.1, predict_reads="in_windows", windows=400)
    assert "lose in the windows that `predict` reads them in" in told(text_run(), "examination.windows", lost)[0]


def test_no_number_of_it_stands_without_a_record(tmp_path: Path) -> None:
    def problems(findings: Findings) -> set[str]:
        folder = RunFolder(tmp_path)
        folder.card.write_text(render_card(findings))
        folder.dataset_card.write_text("# None\n")
        checks = [check(folder, findings) for check in (check_prose, check_citations)]
        return {re.sub(r"line \d+", "", one) for check in checks for one in check.detail.split("; ")}

    raw = reading("on_annotated_words", "on_raw_text", -0.1)
    more = [*COSTS, measured("examination.as_used", [raw], n=90, method="asked")]
    assert problems(Findings([*token_run(), *more])) <= problems(token_run())
