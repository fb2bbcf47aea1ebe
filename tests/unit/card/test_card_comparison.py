"""The words of an evaluation on own rows: which way a difference points, what is not known, and names that format nothing."""

from __future__ import annotations

import pytest

from tunecard.card.comparison import comparison_page, remarks, scores_compared, verdict
from tunecard.evidence import Finding, Findings, measured, not_measured
from tunecard.evidence.ledger import record_lines


def of(id: str, value: float | None, interval: tuple[float, float] | None = None, **rest: object) -> Finding:
    fields = {"name": id, "n": 50, "interval": interval, "level": None if interval is None else 0.95, **rest}
    if value is None:
        return not_measured(id, **{"reason": "undefined", **fields, "interval": None, "level": None})
    return measured(id, value, **fields)


def evidence(gap: Finding | None, *more: Finding, task: str = "text-classification", key: str = "accuracy") -> Findings:
    known: list[Finding] = [
        measured("task.name", task), measured("task.labels", ["a", "b|<b>"]),
        measured("data.source", "mine|*rows*.csv"), measured("data.test.rows", 50, n=50),
        measured("data.test.labels", {"a": 50, "b|<b>": 0}, name="Classes", n=50),
        measured("author.same_rows", False),
        of(f"results.test.{key}", 0.8, (0.7, 0.9)),
        of("author.results.test." + key, 0.9, (0.88, 0.92), section="results"),
    ]  # fmt: skip
    return Findings([*known, *([] if gap is None else [gap]), *more])


def gap_of(value: float, interval: tuple[float, float] | None, key: str = "accuracy", **rest: object) -> Finding:
    return of(f"difference.author.test.{key}", value, interval, section="results", **rest)


@pytest.mark.parametrize(("value", "interval", "said"), [
    (-0.1, (-0.2, -0.01), "The interval excludes 0: the adapter is worse on these rows than on the author's"),
    (0.1, (0.02, 0.2), "The interval excludes 0: the adapter is better on these rows"),
    (-0.1, (-0.2, 0.01), "The interval holds 0: these rows and the author's cannot be told apart by it."),
])  # fmt: skip
def test_which_way_and_whether_it_can_be_told(value: float, interval: tuple[float, float], said: str) -> None:
    assert said in verdict(evidence(gap_of(value, interval)))


def test_of_an_error_more_is_worse() -> None:
    findings = evidence(gap_of(0.3, (0.1, 0.5), "mse"), of("results.headline", None), task="regression", key="mse")
    headline = measured("results.headline", "results.test.mse").model_copy(update={"status": "derived"})
    findings = Findings([one for one in findings if one.id != "results.headline"] + [headline])
    assert "the adapter is worse on these rows" in verdict(findings)


def test_a_difference_without_interval_says_why() -> None:
    gap = gap_of(-0.1, None, method="no interval, as the score of these rows has none; author's n = 9")
    assert verdict(evidence(gap)) == (
        "Accuracy: how sure the difference of -0.100 is cannot be told, as the score of these rows has none."
    )
    assert "stands beside no score of the author's" in verdict(evidence(None))


def test_the_authors_own_rows_are_told_as_such() -> None:
    def again(changed: Finding) -> str:
        own = [one for one in evidence(gap_of(0.0, None), changed) if one.id != "author.same_rows"]
        return verdict(Findings([*own, measured("author.same_rows", True)]))

    assert again(measured("author.changed_answers", 2, n=50)) == (
        "These are the author's own rows, predicted again: 2 of 50 answers are others. Accuracy moved by +0.000."
    )
    assert "were not compared row by row: withheld." in again(not_measured("author.changed_answers", reason="withheld"))


def test_what_a_reader_must_know() -> None:
    found = evidence(
        gap_of(-0.1, (-0.2, 0.01)),
        measured("data.overlap.train.test", 3, n=50), measured("data.near_overlap.train.test", 1, n=50),
        measured("author.shared_rows", 2, n=50), measured("data.test.dropped", {"no label": 4}),
        measured("data.test.truncated_rows", 6, n=50), measured("data.test.clusters", {"groups": 7, "largest": 9}, n=50),
        of("results.test.stated", 0.9), of("results.test.answers_right", 0.8),
        of("results.test.overconfidence", 0.1, (0.05, 0.15)),
    )  # fmt: skip
    assert remarks(found)[-1].startswith(
        "Not tested on these rows: no probe was asked about them. `tunecard examine DIR`"
    )
    assert remarks(found)[:-2] == [
        "3 of the rows stand in the author's training rows, too, and 1 more nearly so.",
        "2 of the rows are also among those that the author scored; the interval of the difference takes all of them for "
        "other rows.",
        "Calibration: answers are stated with 0.900 on average, and 0.800 are right; the first minus the second is +0.100 "
        "(+0.050 to +0.150).",
        "No row has the class b|<b>.",
        "4 rows are left out: no label.",
        "6 rows are longer than the adapter reads and were cut.",
        "Rows come in 7 groups, which intervals draw as one each.",
    ]
    unknown = evidence(None, not_measured("data.overlap.train.test", reason="no data at hand"))
    assert "Whether any of the rows was learned from could not be checked: no data at hand." in remarks(unknown)


def test_ranks_among_other_numbers_of_candidates_are_told() -> None:
    more = (measured("results.test.candidates", 40, n=40), of("author.results.test.candidates", 24, section="results"))
    assert any("Ranks are among 40 candidates here and among 24" in said for said in remarks(evidence(None, *more)))


def test_the_page_leads_to_its_records_and_names_format_nothing() -> None:
    findings = evidence(
        gap_of(-0.1, (-0.2, 0.01)),
        of("results.test.class.a.f1", 0.7, (0.6, 0.8), slice="a"),
        of("results.test.class.b|<b>.f1", None, slice="b|<b>"),
        of("results.test.slice.si|te=w|eb.accuracy", 0.7, slice="si|te=w|eb"),
    )
    page = comparison_page(findings)
    assert "# Evaluation on mine\\|\\*rows\\*.csv" in page and "| b\\|&lt;b&gt; | - | - |" in page
    assert "## By si\\|te" in page
    line = record_lines(findings)[findings.position("difference.author.test.accuracy") - 1]  # type: ignore[operator]
    assert f"evidence.json#L{line}" in page


def test_the_leading_score_comes_first() -> None:
    own = [of("results.test.mcc", 0.5), of("results.test.macro_f1", 0.6)]
    headline = measured("results.headline", "results.test.macro_f1").model_copy(update={"status": "derived"})
    assert scores_compared(Findings([*evidence(None, *own), headline]))[0].name == "Macro F1"
