"""Rows that belong together are drawn together: intervals from groups, no test that needs independent rows."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import t

from tunecard.errors import RunFolderError
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.tasks import task_named

CLASSES = ["a", "b"]


def predictions(seed: int, groups: int = 40, each: int = 5) -> Predictions:
    """Groups that are mostly right or mostly wrong as a whole."""
    chance = random.Random(seed)
    ease = [chance.choice([0.5, 0.95]) for _ in range(groups)]
    rows = [(group, CLASSES[row % 2]) for group in range(groups) for row in range(each)]
    said = [label if chance.random() < ease[group] else CLASSES[1 - CLASSES.index(label)] for group, label in rows]
    stated = [[0.9, 0.1] if guess == "a" else [0.1, 0.9] for guess in said]
    factors = {"length": ["1-8 words" if place % 2 else "9-16 words" for place in range(len(rows))]}
    return Predictions(
        list(range(len(rows))), [label for _, label in rows], said, stated, factors, clusters=[g for g, _ in rows]
    )


def judged(folder: RunFolder, told: Predictions, baseline: Predictions | None = None) -> Findings:
    folder.write_predictions(told, "test")
    if baseline is not None:
        folder.write_predictions(replace(baseline, clusters=None, factors={}, probabilities=None), "test", "majority")
    return Findings(evaluate(folder, task_named("text-classification", CLASSES), ("test",)))


def width(findings: Findings, id: str) -> float:
    low, high = findings[id].interval or (0.0, 0.0)
    return high - low


def test_the_interval_is_as_wide_as_clustered_errors_make_it(tmp_path) -> None:
    told = predictions(0)
    findings = judged(RunFolder(tmp_path), told)
    right = np.array([gold == said for gold, said in zip(told.labels, told.predictions, strict=True)], float)
    sums = (right - right.mean()).reshape(40, 5).sum(axis=1)
    error = np.sqrt(40 / 39 * (sums**2).sum()) / len(right)  # Liang and Zeger 1986, of a mean
    expected = 2 * t.ppf(0.975, 39) * error
    assert findings["results.test.accuracy"].value == pytest.approx(right.mean())
    assert width(findings, "results.test.accuracy") == pytest.approx(expected, rel=0.05)
    assert "design effect of groups of rows" in findings["results.test.accuracy"].method


@pytest.mark.parametrize("key", ["accuracy", "mcc", "macro_f1", "ece", "brier", "slice.length=1-8 words.accuracy"])
def test_every_interval_widens(key: str, tmp_path) -> None:
    told = predictions(1)
    apart = judged(RunFolder(tmp_path / "apart"), replace(told, clusters=None))
    together = judged(RunFolder(tmp_path / "together"), told)
    assert width(together, f"results.test.{key}") > 1.15 * width(apart, f"results.test.{key}") > 0


def test_groups_of_one_row_change_nothing(tmp_path) -> None:
    told = predictions(2)
    alone = judged(RunFolder(tmp_path / "a"), replace(told, clusters=list(range(len(told)))))
    apart = judged(RunFolder(tmp_path / "b"), replace(told, clusters=None))
    for finding in apart.under("results.test"):
        if isinstance(finding.value, float):
            assert alone[finding.id].value == pytest.approx(finding.value)
        assert alone[finding.id].interval == (finding.interval and pytest.approx(finding.interval))


def test_differences_are_paired_by_group_and_mcnemar_is_not_told(tmp_path) -> None:
    told, other = predictions(3), predictions(3)
    other.predictions[::4] = ["a"] * len(other.predictions[::4])
    together = judged(RunFolder(tmp_path / "together"), told, other)
    apart = judged(RunFolder(tmp_path / "apart"), replace(told, clusters=None), other)
    assert "groups of rows" in together["difference.majority.test.accuracy"].method
    assert width(together, "difference.majority.test.accuracy") != pytest.approx(
        width(apart, "difference.majority.test.accuracy")
    )
    assert apart["difference.majority.test.mcnemar"].value is not None
    assert together["difference.majority.test.mcnemar"].value is None
    assert "rows come in groups" in together["difference.majority.test.mcnemar"].reason


def test_too_few_groups_have_no_interval_and_say_so(tmp_path) -> None:
    findings = judged(RunFolder(tmp_path), predictions(4, groups=4, each=25))
    assert findings["results.test.accuracy"].interval is None
    assert "only 4 groups of rows" in findings["results.test.accuracy"].method


def test_a_column_of_anything_but_numbers_is_refused(tmp_path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_predictions(predictions(5), "test")
    path = folder.predictions("test")
    table = pq.read_table(path)
    place = table.column_names.index("cluster")
    pq.write_table(table.set_column(place, "cluster", pa.array(["x"] * len(table))), path)
    with pytest.raises(RunFolderError, match="the column cluster must hold a whole number in each row"):
        evaluate(folder, task_named("text-classification", CLASSES), ("test",))
