"""Rows that training has too: the score of the rest, and by how much it differs, as rows drawn again have it."""

import numpy as np
import pytest

from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.evidence.conditions import each_shared
from tunecard.rows.overlap import FACTOR, FOUND, NOT_FOUND, UNKNOWN
from tunecard.tasks import task_named


def found(tmp_path, overlap, is_right, clusters=None):
    folder, labels = RunFolder(tmp_path), ["no", "yes"]
    gold = ["yes" if place % 2 else "no" for place in range(len(overlap))]
    said = [name if right else labels[name == "no"] for name, right in zip(gold, is_right, strict=True)]
    rows = list(range(len(gold)))
    folder.write_predictions(Predictions(rows, gold, said, None, {FACTOR: list(overlap)}, None, clusters), "test")
    return Findings(evaluate(folder, task_named("text-classification", tuple(labels)), ["test"]))


@pytest.fixture
def leaked():
    """A fifth of 300 rows is known from training and right; of the others seven of ten are."""
    rng = np.random.default_rng(2)
    overlap = np.where(np.arange(300) < 60, FOUND, NOT_FOUND)
    return overlap, (overlap == FOUND) | (rng.random(300) < 0.7)


def test_leaked_rows_are_seen_to_move_the_score(tmp_path, leaked):
    overlap, is_right = leaked
    findings = found(tmp_path, overlap, is_right)
    rest, gap = findings["results.test.clean.accuracy"], findings["results.test.clean.difference"]
    clean = overlap == NOT_FOUND
    assert rest.value == pytest.approx(is_right[clean].mean()) and rest.n == 240
    assert gap.value == pytest.approx(rest.value - is_right.mean())
    assert gap.interval[1] < 0
    rng = np.random.default_rng(0)
    drawn = []
    for rows in rng.integers(0, 300, (400, 300)):
        kept = rows[clean[rows]]
        drawn.append(is_right[kept].mean() - is_right[rows].mean())
    width = gap.interval[1] - gap.interval[0]
    assert width == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.2)
    assert [*each_shared(findings)] == [{"split": "test"}]


def test_copies_that_are_no_easier_move_nothing(tmp_path, leaked):
    findings = found(tmp_path, leaked[0], np.arange(300) % 10 < 7)
    low, high = findings["results.test.clean.difference"].interval
    assert low <= 0 <= high


def test_rows_that_belong_together_tell_less(tmp_path, leaked):
    overlap, is_right = (np.repeat(one[::4], 4) for one in leaked)
    alone, together = (
        found(tmp_path, overlap, is_right, clusters)["results.test.clean.difference"].interval
        for clusters in (None, np.repeat(np.arange(75), 4).tolist())
    )
    assert together[1] - together[0] > 1.3 * (alone[1] - alone[0])


def test_rows_not_looked_at_are_not_called_clean(tmp_path):
    overlap = [FOUND] * 10 + [UNKNOWN] * 20 + [NOT_FOUND] * 30
    assert found(tmp_path, overlap, [True] * 60)["results.test.clean.accuracy"].n == 30


def test_a_rest_of_few_rows_has_no_score_and_no_overlap_no_record(tmp_path):
    few = found(tmp_path, [FOUND] * 30 + [NOT_FOUND] * 4, [True] * 34)
    assert "4" in few["results.test.clean.accuracy"].reason and "4" in few["results.test.clean.difference"].reason
    assert not [one for one in found(tmp_path, [NOT_FOUND] * 34, [True] * 34) if ".clean." in one.id]
    own = found(tmp_path, ["own", FOUND] * 17, [True] * 34)  # a column of the data's own
    assert {own[f"results.test.clean.{key}"].status for key in ("accuracy", "difference")} == {"not measured"}
    assert "values of another column: 1" in own["results.test.clean.difference"].reason
