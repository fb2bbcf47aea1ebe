"""How far answers moved from those of the probe of the frozen base, counted by hand and by scipy and scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest, pearsonr
from sklearn.metrics import mean_absolute_error

from tunecard import card
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder, measured
from tunecard.tasks import task_named
from tunecard.verification.scores import check_scores

ID = "difference.probe.test.moved"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def found(folder, name, labels):
    return Findings(evaluate(folder, task_named(name, labels), ["test"]))


def test_answers_that_are_others_are_counted_by_what_became_of_them(folder):
    gold = ["a"] * 20
    ours = ["a"] * 14 + ["b"] * 4 + ["c"] * 2
    theirs = ["a"] * 10 + ["b"] * 4 + ["a"] * 3 + ["b"] * 3
    rows = list(range(20))
    folder.write_predictions(Predictions(rows, gold, ours), "test")
    folder.write_predictions(Predictions(rows[::-1], gold, theirs[::-1]), "test", "probe")  # another order
    records = found(folder, "text-classification", ("a", "b", "c"))
    assert records[f"{ID}_to"].value == {"became right": 4, "became wrong": 3, "wrong either way": 2}
    share = records[ID]
    assert share.value == 9 / 20 and share.n == 20 and records[f"{ID}_to"].n == 9
    assert share.interval == pytest.approx(tuple(binomtest(9, 20).proportion_ci(method="wilson")))


def test_a_row_of_words_is_another_answer_where_any_word_is(folder):
    gold = [["O", "B-X"], ["O", "O"], ["B-X", "O"]]
    folder.write_predictions(Predictions([0, 1, 2], gold, gold), "test")
    probe = [["O", "B-X"], ["O", "B-X"], ["O", "O"]]
    folder.write_predictions(Predictions([0, 1, 2], gold, probe), "test", "probe")
    records = found(folder, "token-classification", ("O", "B-X", "I-X"))
    assert records[ID].value == pytest.approx(2 / 3)
    assert records[f"{ID}_to"].value == {"became right": 2, "became wrong": 0}


def test_numbers_have_a_distance_and_a_correlation(folder):
    rng = np.random.default_rng(3)
    gold, ours, theirs = rng.normal(size=(3, 60))
    rows = list(range(60))
    folder.write_predictions(Predictions(rows, gold.tolist(), ours.tolist()), "test")
    folder.write_predictions(Predictions(rows, gold.tolist(), theirs.tolist()), "test", "probe")
    records = found(folder, "regression", ("score",))
    assert records[ID].value == pytest.approx(mean_absolute_error(theirs, ours))
    assert records[ID].interval[0] < records[ID].value < records[ID].interval[1]
    assert records[f"{ID}_to"].value["correlation"] == pytest.approx(pearsonr(theirs, ours)[0])
    assert records[f"{ID}_to"].value["nearer"] == int((abs(ours - gold) < abs(theirs - gold)).sum())


def test_without_a_probe_the_reason_is_told(folder):
    folder.write_predictions(Predictions([0, 1], ["a", "b"], ["a", "b"]), "test")
    records = found(folder, "text-classification", ("a", "b"))
    assert {records[id].reason for id in (ID, f"{ID}_to")} == {"no linear probe of the frozen base answered these rows"}


def test_that_there_is_no_probe_is_computed_again_and_nothing_else_is_passed_over(folder):
    folder.write_predictions(Predictions([0, 1], ["a", "b"], ["a", "b"]), "test")
    task = task_named("text-classification", ("a", "b"))
    told = [
        measured("task.name", task.name),
        measured("task.labels", list(task.labels)),
        measured("data.test.rows", 2),
        measured("run.renderer_version", card.RENDERER_VERSION),
        *evaluate(folder, task, ["test"]),
    ]
    check = check_scores(folder, Findings(told))
    assert check.ok and "withheld" not in check.detail
    forged = [
        one.model_copy(update={"value": "results.test.mcc"}) if one.id == "results.headline" else one for one in told
    ]
    assert check_scores(folder, Findings(forged)).ok is False
