"""Scores of which lower is better, and baselines that the headline cannot judge."""

from __future__ import annotations

from tunecard.card.sections import results, summary
from tunecard.evidence import Finding, Findings, measured, not_measured


def scored(id: str, value: float, interval: tuple[float, float] | None = None) -> Finding:
    return measured(id, value, name=id, n=1000, interval=interval, split="test", method="n = rows")


def run_of_numbers(difference: tuple[float, float]) -> Findings:
    """The mean baseline is one number for all rows: it has an error and no correlation."""
    return Findings([
        measured("task.name", "regression"),
        measured("task.labels", ["V"]),
        measured("results.headline", "results.test.pearson", name="Headline score"),
        scored("results.test.pearson", 0.69, (0.65, 0.73)),
        scored("results.test.mae", 0.185, (0.17, 0.2)),
        not_measured("baseline.mean.test.pearson", name="x", reason="undefined: one number", n=1000),
        scored("baseline.mean.test.mae", 0.24, (0.23, 0.26)),
        not_measured("difference.mean.test.pearson", name="x", reason="one of the two has no value", n=1000),
        scored("difference.mean.test.mae", sum(difference) / 2, difference),
    ])  # fmt: skip


def test_a_baseline_without_the_headline_is_told_by_another_score() -> None:
    table = results.answers(run_of_numbers((-0.07, -0.04)))["results"].text
    assert "Mean number (mean absolute error)" in table and "undefined" not in table


def test_a_smaller_error_is_better() -> None:
    better, worse = (
        summary.answers(run_of_numbers(gap))["results_summary"].text for gap in ((-0.07, -0.04), (0.04, 0.07))
    )
    assert "It is better than the mean number" in better
    assert "It is worse than the mean number" in worse
