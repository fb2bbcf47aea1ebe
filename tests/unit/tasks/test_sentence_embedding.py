"""Vectors of texts: which rows are of it, what is asked of them, how they are encoded, ranked, scored and told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tunecard.errors import DataError
from tunecard.evidence import Predictions
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.table import table_of
from tunecard.rows.vectors import MEAN, FrozenVectors
from tunecard.tasks import recognise, task_named
from tunecard.tasks.baselines import Lesson
from tunecard.tasks.likeness import RANKED, ranks_among
from tunecard.tasks.sentence_embedding import SCORED, SentenceEmbedding
from tunecard.tasks.snippet import example_in
from tunecard.tasks.whole_splits import decode_split

PAIRS = {"anchor": ["a", "b"], "positive": ["A", "B"]}


def table(**columns: list[Any]) -> Any:
    return table_of("train.csv", columns)


def encoded(rows: list[list[list[int]]]) -> EncodedSplit:
    """Rows of several sequences, each a list of token ids."""
    return EncodedSplit(
        input_ids=[[token for ids in row for token in ids] for row in rows],
        type_ids=None,
        label_ids=None,
        is_truncated=[False] * len(rows),
        lost_words=[0] * len(rows),
        pieces=[[len(ids) for ids in row] for row in rows],
    )


@pytest.mark.parametrize(
    ("columns", "task"),
    [
        (PAIRS, "sentence-embedding"),
        ({**PAIRS, "negative": ["c", "d"]}, "sentence-embedding"),
        ({"sentence1": ["a", "b"], "sentence2": ["A", "B"], "score": [0.5, 1.0]}, "regression"),
        ({"sentence1": ["a", "b"], "sentence2": ["A", "B"], "label": [0, 1]}, "text-classification"),
        ({"query": ["a", "b"], "answer": ["A", "B"]}, "text-classification"),
    ],
)
def test_only_names_that_mean_nothing_else_are_recognised(columns, task):
    assert recognise({}, table(**columns)).name == task


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (PAIRS, {"text": "anchor", "text_pair": "positive", "label": "positive"}),
        (
            {**PAIRS, "negative": ["c", "d"]},
            {"text": "anchor", "text_pair": "positive", "negative": "negative", "label": "positive"},
        ),
        ({"Query": ["a"], "passage": ["A"]}, {"text": "Query", "text_pair": "passage", "label": "passage"}),
        (
            {"sentence1": ["a"], "sentence2": ["A"], "score": [0.5]},
            {"text": "sentence1", "text_pair": "sentence2", "label": "score"},
        ),
        (
            {"sentence1": ["a"], "sentence2": ["A"]},
            {"text": "sentence1", "text_pair": "sentence2", "label": "sentence2"},
        ),
    ],
)
def test_columns_are_a_pair_and_a_score_or_else_the_partner(columns, found):
    assert SentenceEmbedding().find_columns({}, table(**columns)) == found


@pytest.mark.parametrize(
    "columns", [{"text": ["a"]}, {"premise": ["a"], "hypothesis": ["b"], "text1": [""], "text2": [""]}]
)
def test_rows_without_one_pair_are_refused(columns):
    with pytest.raises(DataError, match=r"learned from two texts a row.*Set `data.columns.text`"):
        SentenceEmbedding().find_columns({}, table(**columns))


def read(columns: dict[str, list[Any]], names: list[str] | None = None) -> tuple[list[Any], list[str]]:
    task, raw = SentenceEmbedding(), table(**columns)
    found = task.find_columns({}, raw)
    kept, faults = task.read_rows(raw, found)
    labels, more = task.read_labels(kept, names)
    named = task.settle_labels({"train": kept}, {"train": labels}, names, "refuse")
    assert named.names == task.names_from(found)
    return named.labels["train"], faults + more


def test_partners_are_numbered_equal_texts_alike():
    labels, faults = read({"anchor": ["a", "b", "c"], "positive": ["A", "B", "A"]})
    assert (labels, faults) == ([0, 1, 0], [])


def test_a_third_text_is_read_as_strictly():
    _, faults = read({**PAIRS, "negative": ["", "d"]})
    assert faults == ["train.csv row 1: 'negative' is empty. Write a text or remove the row."]


def test_scores_are_numbers_and_two_declared_names_are_0_and_1():
    pairs = {"sentence1": ["a", "b", "c"], "sentence2": ["A", "B", "C"]}
    assert read({**pairs, "score": [0.5, "3", None]})[0] == [0.5, 3.0, None]
    assert read({**pairs, "label": ["same", "other", "same"]}, ["other", "same"])[0] == [1.0, 0.0, 1.0]
    _, faults = read({**pairs, "label": ["neutral", "0", "1"]}, ["entailment", "neutral", "contradiction"])
    assert faults == ["train.csv row 1: a label must be a finite number. Got 'neutral'."]


def test_labels_say_what_is_learned_and_how_it_is_scored():
    scored, ranked = SentenceEmbedding((SCORED,)), task_named("sentence-embedding", (RANKED,))
    assert (scored.objective, scored.best_metrics[0]) == ("order of scores", "spearman")
    assert (ranked.objective, ranked.best_metrics[0]) == ("partners", "mrr")
    assert ranked.count_labels([0, 1, 0]) == {"positive pairs": 3} and scored.count_labels([0.0, 1.0])
    assert ranked.training_faults([3, 3]) and not ranked.training_faults([3, 4])
    assert scored.training_faults([0.5, 0.5]) and ranked.strata([0, 1]) == ["", ""]


def test_one_text_is_a_vector_of_length_1_and_two_are_their_cosine():
    task = SentenceEmbedding((SCORED,))
    vector, _ = task.decode(np.array([[3.0, 4.0]]), encoded([[[1]]]), 0)
    assert vector == pytest.approx([0.6, 0.8]) and task.answer(vector, None) == {"embedding": vector}
    cosine, _ = task.decode(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 9.0]]), encoded([[[1], [2], [3]]]), 0)
    assert cosine == pytest.approx(0.5**0.5) and task.answer(cosine, None) == {"cosine": cosine}


def ranked_by(logits: list[list[list[float]]], rows: list[list[list[int]]], labels: list[int]) -> list[Any]:
    found = decode_split(SentenceEmbedding((RANKED,)), [np.array(row) for row in logits], encoded(rows), labels)
    return [rank for rank, _ in found]


def test_partners_are_ranked_among_all_of_the_split():
    logits = [[[1, 0], [1, 0.1]], [[0, 1], [1, 0.5]], [[1, 1], [0, 1]]]
    assert ranked_by(logits, [[[1], [11]], [[2], [12]], [[3], [13]]], [0, 1, 2]) == [1, 2, 3]


def test_other_partners_of_a_text_and_the_text_itself_stand_in_nobodys_way():
    logits = [[[1, 0], [0.5, 1]], [[1, 0], [1, 0]], [[0, 1], [1, 0.1]]]
    assert ranked_by(logits, [[[1], [11]], [[7], [12]], [[3], [13]]], [0, 1, 2])[0] == 3
    assert ranked_by(logits, [[[1], [11]], [[1], [12]], [[3], [13]]], [0, 1, 2])[0] == 2  # 12 is its partner, too
    assert ranked_by(logits, [[[12], [11]], [[7], [12]], [[3], [13]]], [0, 1, 2])[0] == 2  # 12 is the text itself


def test_ranks_are_those_of_sorting_each_row():
    dice = np.random.default_rng(0)
    likeness = dice.standard_normal((30, 30)) + np.eye(30)
    names = list(range(30))
    found = ranks_among([f"a{n}" for n in names], names, names, lambda rows, places: likeness[np.ix_(rows, places)])
    assert found == [int((row >= row[place]).sum()) for place, row in enumerate(likeness)] and max(found) > 5


class Read(dict[str, Any]):
    """What a tokenizer gives, with what it cut off."""

    def __init__(self, ids: list[list[int]], max_length: int) -> None:
        super().__init__(input_ids=[row[:max_length] for row in ids])
        self.encodings = [SimpleNamespace(overflowing=row[max_length:]) for row in ids]


class Words:
    """A tokenizer of one token a word."""

    def __call__(self, texts: list[str], *, truncation: bool, max_length: int) -> Read:
        return Read([[len(word) for word in text.split()] for text in texts], max_length)


def test_each_text_of_a_row_is_read_alone():
    inputs = {"text": ["a bb", "a"], "text_pair": ["ccc", "dd a a"], "negative": ["e", "e"]}
    read = SentenceEmbedding((RANKED,)).encode(Words(), inputs, [0, 1], 2)  # type: ignore[arg-type]
    assert read.input_ids == [[1, 2, 3, 1], [1, 2, 1, 1]] and read.pieces == [[2, 1, 1], [1, 2, 1]]
    assert read.is_truncated == [False, True]
    first, second = read.label_ids or []
    assert first[2] == second[2] and len({*first, *second}) == 5  # equal texts have equal numbers
    scored = SentenceEmbedding((SCORED,)).encode(Words(), {"text": ["a"], "text_pair": ["b"]}, [3], 2)  # type: ignore
    assert scored.label_ids == [3.0]


def lesson(labels: tuple[str, ...], answers: list[Any]) -> Lesson:
    texts = {"text": ["red fox", "blue sea", "old tree"], "text_pair": ["a red fox", "the blue sea", "an old tree"]}
    split = Split("test", [0, 1, 2], texts, answers, {}, "given", {})
    lines = np.array([[1.0, 0], [1, 1], [0, 1], [0, 2], [1, 0], [-1, 0]], dtype=np.float32)
    vectors = FrozenVectors({MEAN: lines}, np.repeat(np.arange(3), 2), np.tile([0, 1], 3))
    return Lesson(labels, split, {"test": split}, {"test": vectors})


def test_baselines_are_cosines_of_words_and_of_the_frozen_base():
    words, base = SentenceEmbedding((SCORED,)).baselines
    assert base.answer(lesson((SCORED,), [1.0, 2.0, 3.0])).predictions["test"] == pytest.approx([0.5**0.5, 1.0, -1.0])
    assert all(0.5 < cosine <= 1 for cosine in words.answer(lesson((SCORED,), [1.0, 2.0, 3.0])).predictions["test"])
    assert base.answer(lesson((RANKED,), [0, 1, 2])).predictions["test"] == [1, 1, 3]
    assert words.answer(lesson((RANKED,), [0, 1, 2])).predictions["test"] == [1, 1, 1]


def test_a_file_holds_cosines_or_ranks_that_can_be():
    def faults(labels: tuple[str, ...], given: list[Any], said: list[Any]) -> list[str]:
        return list(SentenceEmbedding(labels).prediction_faults(Predictions([0, 1], given, said)))

    assert faults((SCORED,), [1.0, 2.0], [0.5, -1.0]) == [] and faults((RANKED,), [4, 7], [1, 2]) == []
    assert "no cosine" in faults((SCORED,), [1.0, 2.0], [0.5, 1.5])[0]
    assert "ranks from 1 to 2" in faults((RANKED,), [4, 7], [1, 3])[0]
    assert "numbers of partners" in faults((RANKED,), [4, "A"], [1, 2])[0]


def test_the_code_to_start_is_the_tasks_own():
    task = SentenceEmbedding((RANKED,))
    code = task.snippet("a/b", "abc", ["one", "two"])
    compile(code, "start.py", "exec")
    assert example_in(code, task.snippet, "a/b", "abc") == ("one", "two")
