"""One tag a word that is no entity: recognised by its tags or its column, read, decoded, scored and told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score

from tunecard.errors import DataError
from tunecard.evidence import Predictions
from tunecard.evidence.predictions import read_predictions, write_predictions
from tunecard.evidence.probabilities import read_probabilities
from tunecard.metrics.measure import Sample, sample_of
from tunecard.metrics.tag_measures import OF_TAG_MEASURES, TAG_MACRO_F1, WORD_ACCURACY
from tunecard.metrics.word_tags import UNREAD, tag_confusion, tag_counts
from tunecard.rows.dataset import Split
from tunecard.rows.table import Table, table_of
from tunecard.tasks import recognise, task_of_config
from tunecard.tasks.baselines import Lesson
from tunecard.tasks.deciding import TellsWords
from tunecard.tasks.token_classification import TokenClassification
from tunecard.tasks.word_tagging import WordTagging

LABELS = ("ADJ", "NOUN", "VERB")
WORDS = [["the", "dog"], ["runs"]]


def table(**columns: list[Any]) -> Table:
    return table_of("train.jsonl", {"tokens": WORDS, **columns})


@pytest.mark.parametrize(
    ("columns", "told", "task"),
    [
        ({"tags": [["DET", "NOUN"], ["VERB"]]}, {}, "word-tagging"),
        ({"upos": [[5, 7], [15]]}, {}, "word-tagging"),
        ({"pos_tags": [[5, 7], [15]], "ner_tags": [[0, 1], [0]]}, {}, "token-classification"),
        ({"pos_tags": [[5, 7], [15]], "ner_tags": [[0, 1], [0]]}, {"tags": "pos_tags"}, "word-tagging"),
        ({"tags": [["O", "PER"], ["O"]]}, {}, "token-classification"),
        ({"tags": [["B-PER", "I-PER"], ["O"]]}, {}, "token-classification"),
        ({"upos": [["O", "B-PER"], ["O"]]}, {}, "token-classification"),
        ({"tags": [[5, 7], [15]]}, {}, "token-classification"),
    ],
)
def test_tags_without_o_and_prefixes_are_of_words(columns, told, task):
    assert recognise(told, table(**columns)).name == task


def test_the_column_of_parts_of_speech_is_found():
    rows = table(upos=[["DET", "NOUN"], ["VERB"]])
    assert WordTagging().find_columns({}, rows) == {"tokens": "tokens", "tags": "upos"}


def test_tags_are_named_settled_and_counted():
    rows = table(tags=[[0, 1], None])
    labels, problems = WordTagging().read_labels(rows, LABELS)
    assert (labels, problems) == ([["ADJ", "NOUN"], None], [])
    named = WordTagging().settle_labels({"train": rows}, {"train": [["NOUN", "VERB"], ["NOUN"]]}, None, "refuse")
    assert (named.names, named.problems) == (["NOUN", "VERB"], [])
    assert WordTagging(("NOUN", "VERB")).count_labels(named.labels["train"]) == {"NOUN": 2, "VERB": 1}
    assert WordTagging().strata(named.labels["train"]) == ["VERB", "NOUN"]


def test_what_is_wrong_with_tags_is_told():
    rows = {"train": table(tags=[["a"], ["b"]]), "test": table(tags=[["a"], ["b"]])}
    numbers = WordTagging().settle_labels(rows, {"train": [["5", "7"]]}, None, "refuse")
    assert "`data.labels: [NOUN, VERB, ADJ, ...]`" in numbers.problems[0]
    unknown = WordTagging().settle_labels(rows, {"train": [["NOUN"]], "test": [["VERB"]]}, None, "refuse")
    assert "'VERB' is not one of 1 labels" in unknown.problems[0]
    assert WordTagging().training_faults([["NOUN"]]) == ["train must hold at least two tags. Got 'NOUN'."]


def test_entities_that_are_asked_of_parts_of_speech_say_what_to_set():
    rows = table(tags=[["DET", "NOUN"], ["VERB"]])
    named = TokenClassification().settle_labels({"train": rows}, {"train": rows.columns["tags"]}, None, "refuse")
    assert all("set `task: word-tagging`" in problem for problem in named.problems)
    assert named.problems


def test_a_word_that_was_cut_off_has_no_tag():
    encoded = SimpleNamespace(word_starts=[[1, 2, -1]])
    logits = np.eye(3)[[0, 2, 1]] * 5
    tags, stated = WordTagging(LABELS).decode(logits, encoded, 0)  # type: ignore[arg-type]
    assert tags == ["VERB", "NOUN", UNREAD]
    assert stated[2] is None and stated[0] == pytest.approx(np.exp([0, 0, 5]) / np.exp([0, 0, 5]).sum())


rows_of_tags = st.lists(
    st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=60, deadline=None)
@given(pairs=rows_of_tags)
def test_scores_are_those_of_scikit_learn_over_all_words(pairs: list[list[tuple[str, str]]]):
    gold, said = ([[pair[side] for pair in row] for row in pairs] for side in (0, 1))
    counts = tag_counts(gold, said, LABELS)
    flat = [tag for row in gold for tag in row], [tag for row in said for tag in row]
    sample = sample_of(counts)
    assert WORD_ACCURACY.value(sample) == pytest.approx(accuracy_score(*flat))
    assert TAG_MACRO_F1.value(sample) == pytest.approx(f1_score(*flat, average="macro", zero_division=0))
    assert tag_confusion(gold, said, LABELS).tolist() == confusion_matrix(*flat, labels=LABELS).tolist()
    groups = WordTagging(LABELS).scoring.groups
    assert groups is not None
    for place, label in enumerate(LABELS):
        own = Sample(sample.rows, narrow=lambda values, place=place: groups.narrow(values, place))  # type: ignore[misc]
        expected = precision_score(*flat, labels=[label], average=None, zero_division=np.nan)[0]
        value = OF_TAG_MEASURES[0].value(own)
        assert (np.nan if value is None else value) == pytest.approx(expected, nan_ok=True)


def test_a_word_that_was_not_read_is_a_miss_and_no_tag_of_its_own():
    sample = sample_of(tag_counts([["NOUN", "VERB"]], [["NOUN", UNREAD]], LABELS))
    assert WORD_ACCURACY.value(sample) == 0.5
    assert TAG_MACRO_F1.value(sample) == pytest.approx((1.0 + 0.0) / 2)
    assert tag_confusion([["NOUN", "VERB"]], [["NOUN", UNREAD]], LABELS).sum() == 1
    with pytest.raises(DataError, match="as many rows and words"):
        tag_counts([["NOUN"]], [[]], LABELS)


def test_a_file_is_held_to_its_tags(tmp_path):
    task, path = WordTagging(LABELS), tmp_path / "test.parquet"
    rows = Predictions([0], [["NOUN", "VERB"]], [["NOUN", UNREAD]], [[[0.1, 0.8, 0.1], None]])
    write_predictions(path, rows)
    flat = read_probabilities(path)
    assert flat is not None
    assert list(task.prediction_faults(read_predictions(path))) == []
    assert list(task.probability_faults(rows, flat)) == []
    wrong = Predictions([0], [["NOUN", "VERB"]], [["NOUN", "VERB"]], rows.probabilities)
    assert list(task.probability_faults(wrong, flat)) == [
        "a word without probabilities is predicted as something else than _"
    ]
    assert list(task.prediction_faults(Predictions([3], [["NOUN"]], [["NOUN", "ADP"]]))) == [
        "prediction 'ADP' is not one of the 4 labels",
        "row 3: not as many predicted tags as words",
    ]
    confidence = task.scoring.confidence
    assert confidence is not None
    found = confidence(flat, Predictions([0], rows.labels, rows.predictions), np.array([0]))
    assert (found.stated.tolist(), found.is_right.tolist()) == ([pytest.approx(0.8)], [True])


def test_the_baseline_gives_a_new_word_the_most_frequent_tag():
    train = Split("train", [0, 1], {"tokens": [["a", "dog"], ["dog", "cat"]]},
                  [["ADJ", "NOUN"], ["NOUN", "NOUN"]], {}, "given", {})  # fmt: skip
    held = Split("validation", [0], {"tokens": [["a", "bird"]]}, [["ADJ", "VERB"]], {}, "given", {})
    baseline = WordTagging().baselines[0]
    said = baseline.answer(Lesson(LABELS, train, {"validation": held}))
    assert said.predictions == {"validation": [["ADJ", "NOUN"]]}


def test_each_word_of_a_text_has_its_tag_and_place():
    task = WordTagging(LABELS)
    assert isinstance(task, TellsWords) and not isinstance(TokenClassification(), TellsWords)
    decided = [("NOUN", np.array([0.1, 0.7, 0.2])), (UNREAD, None)]
    assert task.answer_text("Dogs run", [(0, 4), (5, 8)], decided) == {
        "words": [
            {"label": "NOUN", "start": 0, "end": 4, "text": "Dogs", "probability": pytest.approx(0.7)},
            {"label": UNREAD, "start": 5, "end": 8, "text": "run", "probability": None},
        ]
    }
    assert list(task.answer_columns(("text",))) == ["words"]


@pytest.mark.parametrize(
    ("names", "task"),
    [
        ({"0": "NOUN", "1": "VERB"}, "word-tagging"),
        ({"0": "O", "1": "B-PER"}, "token-classification"),
        ({"0": "LABEL_0", "1": "LABEL_1"}, "token-classification"),
    ],
)
def test_a_head_is_told_by_its_labels(names, task):
    found = task_of_config("TOKEN_CLS", {"id2label": names})
    assert found is not None and found.name == task
