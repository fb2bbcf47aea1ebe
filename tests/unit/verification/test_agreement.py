"""Two goes at the same rows: what counts as the same, and what does not."""

import dataclasses

import pytest

from tunecard.evidence import Predictions
from tunecard.verification.agreement import PROBABILITY_TOLERANCE, compare_predictions

LABELS = ("a", "b")
STORED = Predictions(
    [4, 7, 9], ["a", "b", "a"], ["a", "b", "b"], [[0.9, 0.1], [0.2, 0.8], [0.4999, 0.5001]], {"f": ["x", "y", "x"]}
)


def again(**columns):
    return dataclasses.replace(STORED, **columns)


def test_the_same_rows_in_another_order_agree():
    order = [2, 0, 1]
    moved = Predictions(
        [STORED.rows[i] for i in order], [STORED.labels[i] for i in order], [STORED.predictions[i] for i in order],
        [STORED.probabilities[i] for i in order], {"f": [STORED.factors["f"][i] for i in order]},
    )  # fmt: skip
    agreement = compare_predictions(STORED, moved, LABELS)
    assert (agreement.problems, agreement.rows, agreement.ties, agreement.largest) == ([], 3, 0, 0.0)


def test_another_label_is_a_tie_only_where_both_are_as_likely():
    near = [[0.9, 0.1], [0.2, 0.8], [0.5002, 0.4998]]
    agreement = compare_predictions(STORED, again(predictions=["a", "b", "a"], probabilities=near), LABELS)
    assert (agreement.problems, agreement.ties) == ([], 1)
    far = [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]
    agreement = compare_predictions(STORED, again(predictions=["a", "b", "a"], probabilities=far), LABELS)
    assert agreement.problems[0] == "1 predictions are other labels (rows 9)"
    assert agreement.ties == 0


@pytest.mark.parametrize(("by", "differs"), [(PROBABILITY_TOLERANCE * 0.9, False), (PROBABILITY_TOLERANCE * 1.1, True)])
def test_probabilities_have_a_tolerance(by, differs):
    moved = [[0.9 - by, 0.1 + by], *STORED.probabilities[1:]]
    assert bool(compare_predictions(STORED, again(probabilities=moved), LABELS).problems) is differs


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"labels": ["b", "b", "a"]}, "1 rows have other gold labels than the data (rows 4)"),
        ({"rows": [4, 7, 8]}, "1 rows are not in the data, such as row 9"),
        ({"rows": [4, 7, 8]}, "1 rows of the data are left out, such as row 8"),
        ({"factors": {"f": ["x", "x", "x"]}}, "1 rows have another value of the factor f (rows 7)"),
        ({"factors": {}}, "the factor f is none of the data"),
        ({"probabilities": [[1.0], [0.2, 0.8], [0.4999, 0.5001]]}, "1 rows have probabilities that differ"),
    ],
)
def test_each_difference_is_named_with_its_rows(columns, said):
    assert any(said in problem for problem in compare_predictions(STORED, again(**columns), LABELS).problems)


def test_words_and_lost_words_are_compared_too():
    tags = Predictions([0], [["a", "b"]], [["a", "b"]], [[[0.9, 0.1], None]], unseen=[[True, False]])
    assert compare_predictions(tags, tags, LABELS).problems == []
    found = dataclasses.replace(tags, probabilities=[[[0.9, 0.1], [0.3, 0.7]]], unseen=[[False, False]])
    problems = compare_predictions(tags, found, LABELS).problems
    assert any("other flags in the column unseen" in problem for problem in problems)
    assert any("probabilities that differ" in problem for problem in problems)


@pytest.mark.parametrize(("may_differ", "is_fine"), [(0.0, False), (0.3, False), (0.34, True)])
def test_a_share_of_labels_may_be_others(may_differ, is_fine):
    other = again(predictions=["b", "b", "b"], probabilities=None)
    assert (compare_predictions(STORED, other, LABELS, may_differ).problems == []) is is_fine


def test_of_sets_a_label_at_its_threshold_may_fall_either_way():
    stored = Predictions([4, 7], [["a"], []], [["a"], []], [[0.3001, 0.1], [0.2, 0.1]])
    near = Predictions([4, 7], [["a"], []], [[], []], [[0.2999, 0.1], [0.2, 0.1]])
    agreement = compare_predictions(stored, near, LABELS)
    assert (agreement.problems, agreement.ties) == ([], 1)
    far = dataclasses.replace(near, probabilities=[[0.25, 0.1], [0.2, 0.1]])
    assert compare_predictions(stored, far, LABELS).problems[0] == "1 predictions are other labels (rows 4)"
