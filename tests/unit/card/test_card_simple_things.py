"""Whether the adapter is better than simple things: said first where it is not, with numbers, and with what to use."""

from __future__ import annotations

import re
from typing import Any

import pytest
from read_markdown import uncited

from tunecard.card import simple_things
from tunecard.card.reader_checks import checks_of
from tunecard.card.sections import limitations, results
from tunecard.evidence import Finding, Findings, measured, not_measured


def scored(id: str, value: float, interval: tuple[float, float] | None = None, n: int = 1000) -> Finding:
    return measured(id, value, name=id, n=n, interval=interval, split="test", method="n = rows")


def beside(name: str, score: float, gap: tuple[float, float, float] | None, metric: str = "accuracy") -> list[Finding]:
    found = [scored(f"baseline.{name}.test.{metric}", score)]
    return found + ([] if gap is None else [scored(f"difference.{name}.test.{metric}", gap[0], gap[1:])])


def run(
    *others: list[Finding], metric: str = "accuracy", value: float = 0.812, task: str = "text-classification"
) -> Findings:
    return Findings([
        measured("task.name", task),
        measured("task.labels", ["a", "b"]),
        measured("results.headline", f"results.test.{metric}", name="Headline score"),
        scored(f"results.test.{metric}", value),
        *(finding for several in others for finding in several),
    ])  # fmt: skip


def headline(findings: Findings) -> str:
    return uncited(simple_things.headline(findings))


def advice(findings: Findings) -> str:
    return uncited(limitations.answers(findings)["bias_recommendations"].text)


WORSE = beside("tfidf", 0.834, (-0.022, -0.04, -0.01))
EVEN = beside("probe", 0.815, (-0.003, -0.02, 0.01))
BETTER = beside("majority", 0.1, (0.712, 0.7, 0.73))


def test_a_worse_adapter_says_so_and_names_what_to_use() -> None:
    findings = run(WORSE, BETTER)
    assert headline(findings) == (
        "**Worse than TF-IDF with logistic regression:** 0.812 against 0.834, "
        "difference -0.022 (-0.040 to -0.010, n = 1,000)."
    )
    assert "Use TF-IDF with logistic regression instead: on these rows it is better" in advice(findings)


def test_an_even_one_is_not_better_either_and_the_simple_thing_is_cheaper() -> None:
    findings = run(EVEN, BETTER)
    assert headline(findings).startswith(
        "**Not distinguishable from the base: not shown to be better than the linear probe of the frozen base:** 0.812 "
        "against 0.815"
    )
    said = advice(findings)
    assert (
        "cannot be told from the linear probe of the frozen base" in said
        and "cheaper" in said
        and "instead" not in said
    )


def test_an_interval_that_touches_zero_does_not_lie_above_it() -> None:
    assert headline(run(beside("probe", 0.8, (0.012, 0.0, 0.02)))).startswith(
        "**Not distinguishable from the base: not"
    )


def test_every_unbeaten_thing_is_named_the_strongest_first() -> None:
    said = headline(run(BETTER, EVEN, WORSE))
    assert said.index("TF-IDF") < said.index("linear probe") and "most frequent class" not in said


def test_a_better_adapter_is_told_beside_the_best_simple_thing() -> None:
    second = beside("probe", 0.7, (0.112, 0.1, 0.12))
    findings = run(BETTER, second)
    assert headline(findings) == (
        "Better than every baseline, of which the strongest is the linear probe of the frozen base: 0.812 against 0.700, "
        "difference +0.112 (+0.100 to +0.120, n = 1,000)."
    )
    assert "instead" not in advice(findings) and "cheaper" not in advice(findings)


@pytest.mark.parametrize(
    ("gap", "outcome"), [((-0.07, -0.08, -0.06), "better"), ((0.07, 0.06, 0.08), "worse"), ((0.0, -0.1, 0.1), "even")]
)
def test_of_errors_the_lower_one_is_better(gap: tuple[float, float, float], outcome: str) -> None:
    mean = [not_measured("baseline.mean.test.pearson", name="x", reason="undefined: one number", n=1000)]
    findings = run(
        mean + beside("mean", 0.24, gap, "mae"), [scored("results.test.mae", 0.17)], metric="pearson", task="regression"
    )
    (verdict,) = simple_things.verdicts(findings)
    assert verdict.outcome == outcome
    assert "mean absolute error 0.170 against 0.240" in headline(findings)


def test_the_best_simple_thing_is_one_that_the_headline_judges() -> None:
    """The mean's error is nearer to the adapter's in its own unit, which says nothing of its strength."""
    mean = beside("mean", 0.2, (-0.03, -0.04, -0.02), "mae")
    probe = beside("probe", 0.7, (0.112, 0.1, 0.12), "pearson")
    findings = run(mean, probe, [scored("results.test.mae", 0.17)], metric="pearson", task="regression")
    assert "the linear probe of the frozen base: 0.812 against 0.700" in headline(findings)


@pytest.mark.parametrize("value", [0.0, 0.2, -0.2])
def test_a_difference_without_an_interval_tells_neither_way(value: float) -> None:
    found = simple_things.verdicts(
        run([scored("baseline.probe.test.accuracy", 0.5), scored("difference.probe.test.accuracy", value)])
    )
    assert [one.outcome for one in found] == ["even"]


def test_nothing_beside_it_is_nothing_said() -> None:
    assert headline(run()) == "" and headline(run(beside("probe", 0.8, None))) == ""


def test_controls_are_no_simple_things() -> None:
    control = [scored("control.full.test.accuracy", 0.9), scored("difference.full.test.accuracy", -0.09, (-0.1, -0.08))]
    assert simple_things.verdicts(run(control)) == []


@pytest.mark.parametrize(("others", "ok"), [((WORSE, BETTER), False), ((EVEN,), False), ((BETTER,), True), ((), None)])
def test_the_check_is_that_every_one_is_beaten(others: tuple[list[Finding], ...], ok: bool | None) -> None:
    (check,) = [check for check in checks_of(run(*others)) if check.name == "better than every baseline"]
    assert check.ok is ok


def fit(**changed: Any) -> Finding:
    value = {
        "estimator": "LogisticRegression",
        "view": "mean",
        "C": 10.0,
        "chosen_on": "validation",
        "measure": "accuracy",
        "score": 0.79,
    }
    how = "fitted on a seeded sample of 12,000 of the 30,000 rows of train; n = rows"
    fields: dict[str, Any] = {"name": "Fit", "n": 12000, "method": how} | changed
    return measured("fit.probe", value | {"seconds": 3.2}, **fields)


def test_how_it_was_fitted_stands_below_the_scores() -> None:
    text = uncited(results.answers(run(EVEN, [fit()]))["results"].text)
    assert (
        "- Linear probe of the frozen base: a linear model of what the frozen base makes of a text; nothing else learns; "
        "`LogisticRegression` on `mean`, C 10, chosen by accuracy, 0.790 on validation, "
        "learned from 12,000 rows (a seeded sample of 12,000 of the 30,000 rows of train), in 3.2 s."
    ) in text
    gap = not_measured("fit.tfidf", name="Fit", reason="the texts hold no words")
    assert "without any base; not fitted, since the texts hold no words." in uncited(
        results.answers(run(EVEN, [gap]))["results"].text
    )


def test_each_figure_of_a_sample_stands_in_the_record_that_it_leads_to() -> None:
    """n and the words of the method are two citations: as one, no record held the rows of train."""
    text = results.answers(run(EVEN, [fit(n=12032)]))["results"].text
    cited = re.findall(r"\[([^\]]*)\]\[\d+\]", text.partition("learned from ")[2].partition(", in ")[0])
    assert cited == ["12,032 rows", "a seeded sample of 12,000 of the 30,000 rows of train"]
