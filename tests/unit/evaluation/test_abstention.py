"""Keeping back the least sure answers: figures worked out by hand, thresholds of validation, and no promise too many."""

import numpy as np
import pytest
from scipy.stats import binom

from tunecard.evaluation import evaluate
from tunecard.evaluation.abstention import RISKS
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.metrics.intervals import wilson_interval
from tunecard.tasks import task_named

LABELS = ("no", "yes")


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path)


def write(folder, split, stated, is_right, clusters=None):
    """Rows that all answer yes."""
    labels = ["yes" if right else "no" for right in is_right]
    likely = [[1 - p, p] for p in stated]
    count = len(labels)
    folder.write_predictions(
        Predictions(list(range(count)), labels, ["yes"] * count, likely, {}, None, clusters), split
    )


def found(folder, *splits):
    return Findings(evaluate(folder, task_named("text-classification", LABELS), splits))


def simulated(rng, rows=400):
    """Probabilities between 0.5 and 1 that come true."""
    stated = rng.uniform(0.5, 1.0, rows)
    return stated, rng.random(rows) < stated


def test_the_curve_counts_the_answers_at_or_above_each_probability(folder):
    stated = np.arange(60, 100) / 100
    is_right = np.arange(40) >= 10  # the ten least sure are wrong
    write(folder, "test", stated, is_right)
    points = found(folder, "test")["results.test.risk_coverage"].value
    assert [point["answered"] for point in points] == list(range(2, 42, 2))
    half, whole = points[9], points[-1]
    assert (half["coverage"], half["risk"]) == (0.5, 0.0)
    assert (whole["coverage"], whole["risk"]) == (1.0, 0.25)
    assert whole["threshold"] == pytest.approx(0.6)
    assert whole["risk_interval"] == pytest.approx(wilson_interval(10, 40))
    assert half["coverage_interval"] == pytest.approx(wilson_interval(20, 40))


def test_validation_chooses_the_lowest_threshold_that_a_binomial_test_lets_it(folder):
    rng = np.random.default_rng(5)
    stated, is_right = simulated(rng, 2000)
    write(folder, "validation", stated, is_right)
    write(folder, "test", *simulated(rng))
    records = {one["at_most"]: one for one in found(folder, "validation", "test")["results.test.abstention"].value}
    stated = stated.astype(np.float32).astype(np.float64)
    ordered = np.sort(stated)[::-1]
    for risk in RISKS:
        passing = []
        for part in range(1, 21):
            threshold = ordered[part * 100 - 1]
            given = stated >= threshold
            if binom.cdf((~is_right[given]).sum(), given.sum(), risk) <= 0.05 / 20:
                passing.append(threshold)
        assert records[risk]["threshold"] == (min(passing) if passing else None)
    assert records[0.10]["threshold"] is not None and records[0.01]["threshold"] is None
    assert "coverage" in records[0.10] and "coverage" not in records[0.01]


def test_rows_that_belong_together_promise_less(folder):
    stated, is_right = simulated(np.random.default_rng(5), 500)
    four = [np.repeat(one, 4) for one in (stated, is_right)]
    clusters = np.repeat(np.arange(500), 4).tolist()
    thresholds = []
    for told in (None, clusters):
        write(folder, "validation", *four, told)
        write(folder, "test", *four, told)
        thresholds.append(found(folder, "validation", "test")["results.test.abstention"].value[2]["threshold"])
    alone, together = thresholds
    assert alone is not None and (together is None or together > alone)


def test_what_cannot_be_told_says_why(folder):
    write(folder, "test", *simulated(np.random.default_rng(1), 50))
    findings = found(folder, "test")
    assert "predictions of validation" in findings["results.test.abstention"].reason
    folder.write_predictions(Predictions([0, 1], ["no", "yes"], ["no", "yes"]), "test")
    findings = found(folder, "test")
    for key in ("risk_coverage", "aurc", "abstention"):
        assert "probability" in findings[f"results.test.{key}"].reason


def test_validation_itself_has_a_curve_and_chooses_nothing_for_itself(folder):
    write(folder, "validation", *simulated(np.random.default_rng(1), 50))
    findings = found(folder, "validation")
    assert findings["results.validation.aurc"].interval is not None
    assert "results.validation.abstention" not in findings


def test_of_entities_the_answers_are_spans(folder):
    tags = ["O", "B-X", "I-X"]
    sure, unsure, out = [0.05, 0.95, 0.0], [0.3, 0.7, 0.0], [1.0, 0.0, 0.0]
    labels = [["B-X", "O", "O"], ["O", "O", "O"]]
    guesses = [["B-X", "O", "B-X"], ["O", "B-X", "O"]]
    likely = [[sure, out, unsure], [out, unsure, out]]
    folder.write_predictions(Predictions([0, 1], labels, guesses, likely), "test")
    findings = Findings(evaluate(folder, task_named("token-classification", tuple(tags)), ["test"]))
    curve = findings["results.test.risk_coverage"]
    assert curve.n == 3 and [(point["answered"], round(point["risk"], 3)) for point in curve.value] == [
        (1, 0.0),
        (3, 0.667),
    ]
    assert "n = predicted entities" in curve.method
    assert findings["results.test.aurc"].value == pytest.approx((0 + 0.5 + 2 / 3) / 3)
