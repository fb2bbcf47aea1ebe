"""Classification scores against scikit-learn, and cases worked out by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from tunecard.errors import DataError
from tunecard.metrics.classification import (
    accuracy,
    brier_rows,
    class_counts,
    class_f1,
    class_precision,
    class_recall,
    confusion,
    expected_calibration_error,
    label_ids,
    macro_f1,
    matthews_correlation,
    only_class,
)

LABELS = ["yes", "no", "maybe", "never"]
names = st.sampled_from(LABELS)
pairs = st.lists(st.tuples(names, names), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_every_score_is_that_of_scikit_learn(rows):
    gold, predicted = (list(column) for column in zip(*rows, strict=True))
    totals = class_counts(gold, predicted, LABELS).totals()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert accuracy(totals) == pytest.approx(reference.accuracy_score(gold, predicted))
        assert macro_f1(totals) == pytest.approx(reference.f1_score(gold, predicted, average="macro", zero_division=0))
        assert np.nan_to_num(matthews_correlation(totals)) == pytest.approx(
            reference.matthews_corrcoef(gold, predicted), abs=1e-12
        )
        expected = reference.precision_recall_fscore_support(gold, predicted, labels=LABELS, zero_division=np.nan)
    for index in range(len(LABELS)):
        for score, values in zip((class_precision, class_recall), expected[:2], strict=True):
            assert score(totals, index) == pytest.approx(values[index], nan_ok=True)
        assert class_f1(totals, index) == pytest.approx(expected[2][index], nan_ok=True)
        assert only_class(totals, index)[2] == expected[3][index]
    assert (
        confusion(gold, predicted, LABELS).tolist()
        == reference.confusion_matrix(gold, predicted, labels=LABELS).tolist()
    )


@settings(max_examples=40, deadline=None)
@given(pairs, st.permutations(LABELS), st.randoms())
def test_neither_row_order_nor_label_order_matters(rows, labels, random):
    gold, predicted = (list(column) for column in zip(*rows, strict=True))
    before = class_counts(gold, predicted, LABELS).totals()
    random.shuffle(rows)
    gold, predicted = (list(column) for column in zip(*rows, strict=True))
    after = class_counts(gold, predicted, labels).totals()
    for score in (accuracy, macro_f1, matthews_correlation):
        assert score(after) == pytest.approx(score(before), nan_ok=True)


def test_a_constant_answer_has_no_correlation():
    assert np.isnan(matthews_correlation(class_counts(["yes", "no"], ["yes", "yes"], LABELS).totals()))
    assert np.isnan(accuracy(class_counts([], [], LABELS).totals()))


def test_calibration_error_by_hand():
    # two equal bins: confidence 0.6 with 1 of 2 right, confidence 0.9 with 2 of 2 right
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [0.9, 0.1], [0.1, 0.9]])
    assert expected_calibration_error(probabilities, np.array([0, 1, 0, 1]), bins=2) == pytest.approx(0.1)
    perfect = np.eye(3)[[0, 1, 2, 0]]
    assert expected_calibration_error(perfect, np.array([0, 1, 2, 0])) == 0
    assert expected_calibration_error(perfect, np.array([1, 2, 0, 1])) == 1


def test_calibration_error_against_a_plain_loop():
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.ones(4), size=300)
    labels = random.integers(0, 4, 300)
    order = np.argsort(probabilities.max(axis=1))
    gap = 0.0
    for rows in np.array_split(order, 15):  # 20 rows each; no two confidences are the same
        right = (probabilities[rows].argmax(axis=1) == labels[rows]).mean()
        gap += len(rows) / 300 * abs(right - probabilities[rows].max(axis=1).mean())
    assert expected_calibration_error(probabilities, labels) == pytest.approx(gap)


def test_calibration_error_ignores_the_order_of_equal_confidences():
    probabilities = np.full((40, 2), [0.8, 0.2])
    labels = np.array([0] * 32 + [1] * 8)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0, abs=1e-12)
    assert expected_calibration_error(probabilities, labels[::-1].copy()) == pytest.approx(0, abs=1e-12)


def test_brier_score_is_that_of_scikit_learn():
    random = np.random.default_rng(2)
    probabilities = random.dirichlet(np.ones(3), size=50)
    labels = random.integers(0, 3, 50)
    expected = reference.brier_score_loss(labels, probabilities, labels=[0, 1, 2], scale_by_half=False)
    assert brier_rows(probabilities, labels).mean() == pytest.approx(expected)


def test_faults_say_what_came():
    with pytest.raises(DataError, match="label 'perhaps' is not one of 4 labels"):
        label_ids(["perhaps"], LABELS)
    with pytest.raises(DataError, match="Got 1 and 0"):
        class_counts(["yes"], [], LABELS)
    with pytest.raises(DataError, match=r"row 1: probabilities must sum to 1\. Got 0\.9000"):
        brier_rows(np.array([[0.5, 0.5], [0.5, 0.4]]), np.array([0, 0]))
    with pytest.raises(DataError, match="at least one row"):
        expected_calibration_error(np.zeros((0, 2)), np.zeros(0, dtype=int))
