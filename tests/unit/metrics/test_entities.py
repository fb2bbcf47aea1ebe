"""Entity scores against seqeval, and cases worked out by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2, Entities

from tunecard.errors import DataError
from tunecard.metrics.entities import (
    conlleval_f1,
    entity_counts,
    entity_types,
    only_type,
    strict_counts,
    strict_f1,
    strict_precision,
    strict_recall,
    strict_spans,
    word_accuracy,
    word_confusion,
)

TYPES = ["DNA", "cell-type", "X"]
TAGS = ["O", *(f"{prefix}-{name}" for name in TYPES for prefix in "BI")]


@st.composite
def tagged_rows(draw):
    lengths = draw(st.lists(st.integers(0, 7), min_size=1, max_size=12))
    rows = [[draw(st.lists(st.sampled_from(TAGS), min_size=n, max_size=n)) for n in lengths] for _ in range(2)]
    return rows[0], rows[1]


def totals(gold, predicted):
    return entity_counts(gold, predicted, TYPES).totals()


@settings(max_examples=40, deadline=None)
@given(tagged_rows())
def test_every_score_is_that_of_seqeval(rows):
    gold, predicted = rows
    counts = totals(gold, predicted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
        # seqeval fails on data without any entity
        if Entities(gold, IOB2).unique_tags and Entities(predicted, IOB2).unique_tags:
            assert strict_f1(counts) == pytest.approx(f1_score(gold, predicted, **strict))
            assert strict_precision(counts) == pytest.approx(precision_score(gold, predicted, **strict))
            assert strict_recall(counts) == pytest.approx(recall_score(gold, predicted, **strict))
            report = classification_report(gold, predicted, output_dict=True, **strict)
            for index, name in enumerate(TYPES):
                own = only_type(counts, index)
                expected = report.get(name, {"f1-score": 0, "support": 0})
                assert np.nan_to_num(strict_f1(own)) == pytest.approx(expected["f1-score"])
                assert strict_counts(own)[2] == expected["support"]
        lenient = f1_score(gold, predicted, zero_division=0)
        assert np.nan_to_num(conlleval_f1(counts)) == pytest.approx(lenient)


@settings(max_examples=40, deadline=None)
@given(tagged_rows(), st.randoms())
def test_the_order_of_rows_and_the_names_of_types_change_nothing(rows, random):
    gold, predicted = rows
    order = list(range(len(gold)))
    random.shuffle(order)
    shuffled = totals([gold[i] for i in order], [predicted[i] for i in order])
    assert np.array_equal(shuffled, totals(gold, predicted))
    renamed = [[tag.replace("DNA", "??").replace("X", "DNA").replace("??", "X") for tag in row] for row in gold]
    guessed = [[tag.replace("DNA", "??").replace("X", "DNA").replace("??", "X") for tag in row] for row in predicted]
    again = totals(renamed, guessed)
    assert np.array_equal(again[[2, 1, 0]], totals(gold, predicted)[[0, 1, 2]])
    assert np.array_equal(again[-5:], totals(gold, predicted)[-5:])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(TAGS), max_size=9))
def test_spans_are_the_strict_entities_of_seqeval(tags):
    expected = {(entity.tag, entity.start, entity.end) for entity in Entities([tags], IOB2).entities[0]}
    assert set(strict_spans(tags)) == expected


@pytest.mark.parametrize(
    ("gold", "predicted", "strict", "lenient"),
    [
        # columns: matched, predicted, gold
        (["B-DNA", "I-DNA", "O"], ["B-DNA", "I-DNA", "O"], (1, 1, 1), (1, 1, 1)),
        (["B-DNA", "I-DNA", "O"], ["O", "I-DNA", "O"], (0, 0, 1), (0, 1, 1)),  # I- after O opens only in conlleval
        (["O", "B-DNA", "O"], ["O", "I-DNA", "O"], (0, 0, 1), (1, 1, 1)),  # ... and may then be right
        (["B-DNA", "B-DNA", "O"], ["B-DNA", "I-DNA", "O"], (0, 1, 2), (0, 1, 2)),  # two neighbours are not one
        (["B-DNA", "B-DNA", "O"], ["B-DNA", "B-DNA", "O"], (2, 2, 2), (2, 2, 2)),
        (["B-DNA", "I-X", "O"], ["B-DNA", "O", "O"], (1, 1, 1), (1, 1, 2)),  # a change of type ends the entity
        (["B-DNA", "I-DNA", "I-DNA"], ["B-DNA", "I-DNA", "O"], (0, 1, 1), (0, 1, 1)),  # boundaries must be right
        (["B-DNA", "I-DNA", "O"], ["B-X", "I-X", "O"], (0, 1, 1), (0, 1, 1)),  # and so must the type
        (["O", "O", "B-DNA"], ["O", "O", "B-DNA"], (1, 1, 1), (1, 1, 1)),  # at the end of the row
    ],
)
def test_cases_by_hand(gold, predicted, strict, lenient):
    # a row before and after: entities never cross rows
    counts = totals([["B-DNA"], gold, ["I-DNA"]], [["O"], predicted, ["I-DNA"]])
    matched, guessed, known = strict_counts(counts)
    assert (matched, guessed, known - 1) == strict
    assert tuple(counts[-5:-2] - [1, 1, 2]) == lenient


def test_words_right_and_confused():
    gold, predicted = [["B-DNA", "I-DNA", "O"], ["O"]], [["B-DNA", "B-DNA", "B-X"], ["O"]]
    assert word_accuracy(totals(gold, predicted)) == 2 / 4
    expected = [[2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]]
    assert word_confusion(gold, predicted, TYPES).tolist() == expected


def test_nothing_to_find_is_undefined_and_not_zero():
    counts = totals([["O", "O"], []], [["O", "O"], []])
    assert all(np.isnan(score(counts)) for score in (strict_f1, strict_precision, strict_recall, conlleval_f1))
    nothing_predicted = totals([["B-DNA"]], [["O"]])
    assert np.isnan(strict_precision(nothing_predicted))
    assert strict_f1(nothing_predicted) == 0 == strict_recall(nothing_predicted)


def test_types_keep_their_order():
    assert entity_types(["O", "B-cell-type", "I-cell-type", "I-DNA", "B-DNA"]) == ["cell-type", "DNA"]


def test_faults_name_the_row_and_the_tag():
    with pytest.raises(DataError, match="row 1: 2 gold tags and 1 predicted tags"):
        totals([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(DataError, match="as many rows"):
        totals([["O"]], [])
    with pytest.raises(DataError, match="Got 'B-RNA'"):
        totals([["B-RNA"]], [["O"]])
