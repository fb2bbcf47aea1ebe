"""Questions with choices as the usual data sets hold them: read, encoded, decoded, scored, and what is wrong told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity
from transformers import AutoTokenizer

from tunecard.evidence import Predictions
from tunecard.inference.frozen_vectors import vectors_apart
from tunecard.inference.raw_text.choice_rows import ChoiceRows
from tunecard.rows.dataset import Split
from tunecard.rows.table import table_of
from tunecard.rows.vectors import MEAN, FrozenVectors
from tunecard.tasks import TASKS, recognise, task_of_config
from tunecard.tasks.baselines import Lesson
from tunecard.tasks.choice_baselines import CHOICE_BASELINES
from tunecard.tasks.multiple_choice import MultipleChoice
from tunecard.tasks.snippet import example_in

SWAG: dict[str, list[Any]] = {
    "sent1": ["He lifts the pan.", "It rains."],
    "sent2": ["He", ""],
    "ending0": ["burns his hand.", "She stays dry."],
    "ending1": ["sings a hymn.", "She takes an umbrella."],
    "ending2": ["eats the stove.", None],
    "label": [0, 1],
}
ARC: dict[str, list[Any]] = {
    "id": ["a", "b"],
    "question": ["Which is a metal?", "What melts ice?"],
    "choices": [
        {"text": ["wood", "iron", "wool"], "label": ["A", "B", "C"]},
        {"text": ["heat", "cold"], "label": ["1", "2"]},
    ],
    "answerKey": ["B", "1"],
}
RACE: dict[str, list[Any]] = {
    "article": ["Tom has a dog.", "Ann has a cat."],
    "question": ["What has Tom?", "What has Ann?"],
    "options": [["a dog", "a cat"], ["a dog", "a cat"]],
    "answer": ["A", "B"],
}
COPA: dict[str, list[Any]] = {
    "premise": ["The man broke his toe.", "The girl smiled."],
    "question": ["cause", "effect"],
    "choice1": ["He got a hole in his sock.", "She was praised."],
    "choice2": ["He dropped a hammer.", "She was glad."],
    "label": [1, 0],
}
PIQA: dict[str, list[Any]] = {
    "goal": ["open", "shut"],
    "sol1": ["pull", "push"],
    "sol2": ["eat", "sing"],
    "label": [0, 0],
}
SOCIAL: dict[str, list[Any]] = {
    "context": ["Ann left.", "Bob came."],
    "question": ["Why?", "How?"],
    "answerA": ["tired", "by bus"],
    "answerB": ["hungry", "by car"],
    "answerC": ["late", "on foot"],
    "label": ["3", "1"],
}


def read(columns: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], list[Any], list[str]]:
    raw = table_of("a.jsonl", columns)
    task = MultipleChoice()
    table, faults = task.read_rows(raw, task.find_columns({}, raw))
    labels, more = task.read_labels(table, None)
    return table.columns, labels, [*faults, *more]


@pytest.mark.parametrize(
    ("columns", "choices", "labels"),
    [
        (
            SWAG,
            [["burns his hand.", "sings a hymn.", "eats the stove."], ["She stays dry.", "She takes an umbrella."]],
            "AB",
        ),
        (ARC, [["wood", "iron", "wool"], ["heat", "cold"]], "BA"),
        (RACE, [["a dog", "a cat"], ["a dog", "a cat"]], "AB"),
        (COPA, [["He got a hole in his sock.", "He dropped a hammer."], ["She was praised.", "She was glad."]], "BA"),
        (PIQA, [["pull", "eat"], ["push", "sing"]], "AA"),
        (SOCIAL, [["tired", "hungry", "late"], ["by bus", "by car", "on foot"]], "CA"),
    ],
)
def test_the_usual_sets_are_recognised_and_read(columns: Any, choices: Any, labels: str) -> None:
    assert recognise({}, table_of("a.jsonl", columns)).name == "multiple-choice"
    found, letters, faults = read(columns)
    assert (found["choices"], letters, faults) == (choices, list(labels), [])


@pytest.mark.parametrize(
    "columns",
    [
        {"text": ["a"], "label": ["x"]},
        {"tokens": [["a"]], "tags": [["O"]]},
        {"question": ["a"], "answer": ["b"], "label": ["x"]},
        {"question": ["a"], "options": ["one of them"], "label": ["x"]},
        {"premise": ["a"], "hypothesis": ["b"], "label": [0]},
    ],
)
def test_other_rows_are_not_of_it(columns: Any) -> None:
    assert recognise({}, table_of("a.jsonl", columns)).name != "multiple-choice"


@pytest.mark.parametrize(
    ("label", "letter"),
    [(1, "B"), ("1", "B"), (1.0, "B"), ("b", "B"), ("cat", "B"), (-1, None), (None, None), ("", None)],
)
def test_a_label_is_a_number_a_letter_or_the_text_itself(label: Any, letter: str | None) -> None:
    first = {"question": ["Which?", "Which?"], "choices": [["dog", "cat"]] * 2, "label": [0, label]}
    assert read(first)[1:] == (["A", letter], [])


def test_numbers_from_one_are_told_from_numbers_from_zero() -> None:
    rows = {"question": ["Which?"] * 2, "choices": [["dog", "cat"]] * 2}
    assert read({**rows, "label": [1, 2]})[1] == ["A", "B"]
    assert read({**rows, "label": [0, 1]})[1] == ["A", "B"]


def test_every_wrong_row_is_named() -> None:
    columns = {
        "question": ["", "Which?", "Which?", "Which?", 7],
        "choices": [["a", "b"], ["a"], ["a", "a"], ["a", " "], ["a", "b"]],
        "label": [0, 0, 0, 5, "z"],
    }
    assert [str(fault) for fault in read(columns)[2]] == [
        "a.jsonl row 1: 'question' is empty. Write a text or remove the row.",
        "a.jsonl row 2: must have 2 to 26 choices. Got 1.",
        "a.jsonl row 3: the choices must differ. Got 'a' twice.",
        "a.jsonl row 4: every choice must be a text that can be seen. Got ' '.",
        "a.jsonl row 5: 'question' must be text. Got 7.",
        "a.jsonl row 4: the label must name one of the row's choices: its number, its letter, its key or its text. "
        "Got 5 for 2 choices.",
        "a.jsonl row 5: the label must name one of the row's choices: its number, its letter, its key or its text. "
        "Got 'z' for 2 choices.",
    ]


def test_each_choice_is_read_behind_what_is_asked(tiny_base: Callable[[str], Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_base("bert"))
    inputs = {"text": ["a man", "a man"], "question": ["he", ""], "choices": [["plays", "makes"], ["is", "the", "in"]]}
    encoded = MultipleChoice(tuple("ABC")).encode(tokenizer, inputs, ["B", "C"], 32)
    alone = tokenizer("a man", "he makes")
    lines = encoded.sequences.split
    assert (lines.input_ids[1], lines.type_ids[1]) == (alone["input_ids"], alone["token_type_ids"])  # type: ignore[index]
    assert lines.input_ids[3] == tokenizer("a man", "the")["input_ids"]
    assert (encoded.label_ids, [len(row) for row in encoded.pieces or []]) == ([1, 2], [2, 3])
    assert encoded.is_truncated == [False, False]
    cut = MultipleChoice(tuple("ABC")).encode(tokenizer, inputs, None, 6)
    assert cut.is_truncated == [True, False] and max(cut.widths) == 6


def test_a_choice_that_a_row_does_not_have_has_no_probability() -> None:
    task = MultipleChoice(tuple("ABC"))
    letter, stated = task.decode(np.array([[0.0], [np.log(3.0)]]), None, 0)  # type: ignore[arg-type]
    assert letter == "B" and stated == pytest.approx([0.25, 0.75, 0.0])
    scored = task.scoring.score(["B", "A", "C"], ["B", "B", "C"])
    assert scored == {"accuracy": pytest.approx(2 / 3)}
    file = Predictions([0], ["A"], ["D"], [[0.5, 0.5, 0.0]])
    assert list(task.prediction_faults(file)) == ["prediction 'D' is not one of the 3 labels"]


def test_the_code_is_known_again_and_names_the_head() -> None:
    task = MultipleChoice()
    code = task.snippet("a/b", None, ["Why?", "so", "thus"])
    assert example_in(code, task.snippet, "a/b", None) == ("Why?", "so", "thus")
    assert "AutoModelForMultipleChoice.from_pretrained" in code
    found = task_of_config("FEATURE_EXTRACTION", {"architectures": ["BertForMultipleChoice"]})
    assert found is not None and found.name == "multiple-choice"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("Why?", ["so", "thus"]), None),
        (("Why?", "He", ["so", "thus"]), None),
        ("Why?", "must be (text, [choice, choice, ...]) or (text, question, [choice, ...])."),
        (("Why?", ["so"]), "must have 2 to 26 choices. Got 1."),
        (("Why?", ["so", " "]), "choice 2 is empty."),
        ((7, ["so", "thus"]), "the text must be text. Got 7."),
    ],
)
def test_a_row_to_predict_is_checked(row: Any, fault: str | None) -> None:
    assert ChoiceRows().fault_of(row, None) == fault


def test_rows_of_a_file_are_a_question_and_its_choices() -> None:
    kind = ChoiceRows()
    for columns in (SWAG, ARC, RACE, COPA):
        found = kind.usual_columns(list(columns), None)
        assert len(found) == 1
        record = {name: values[1] for name, values in columns.items()}
        value, fault = kind.value_of(record, found[0])
        assert fault is None and kind.fault_of(value, None) is None


def split_of(texts: list[str], choices: list[list[str]], labels: list[str], name: str = "train") -> Split:
    return Split(name, list(range(len(texts))), {"text": texts, "choices": choices}, labels, {}, "given", {})


def baseline(name: str) -> Any:
    return next(one for one in CHOICE_BASELINES if one.name == name)


def test_simple_things_answer_as_worked_out_by_hand() -> None:
    train = split_of(["rain falls", "snow falls"], [["coat", "fan"], ["fan", "boots", "skis"]], ["A", "A"])
    test = split_of(["the rain falls"], [["falls rain", "a very long one"]], ["A"], "test")
    lesson = Lesson(tuple("ABC"), train, {"test": test})
    assert baseline("majority").answer(lesson).predictions == {"test": ["A"]}
    assert baseline("longest").answer(lesson).predictions == {"test": ["B"]}
    assert baseline("overlap").answer(lesson).predictions == {"test": ["A"]}


def test_the_nearest_vector_answers_as_scikit_learns_cosine_does() -> None:
    dice = np.random.default_rng(1)
    question, choices = dice.normal(size=(2, 6)), [dice.normal(size=(count, 6)) for count in (3, 2)]
    first = np.concatenate([np.repeat(question[[row]], len(choices[row]), axis=0) for row in range(2)])
    rows, places = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    known = FrozenVectors(vectors_apart(first, np.concatenate(choices)), rows, places)
    split = split_of(["x", "y"], [["a", "b", "c"], ["a", "b"]], ["A", "A"], "test")
    lesson = Lesson(tuple("ABC"), split, {"test": split}, {"train": known, "test": known})
    wanted = ["ABC"[int(cosine_similarity(question[[row]], choices[row]).argmax())] for row in range(2)]
    assert baseline("frozen").answer(lesson).predictions == {"test": wanted}


def test_the_probe_scores_choices_as_a_conditional_logit_does() -> None:
    dice = np.random.default_rng(0)
    counts, direction = [2, 3, 4, 3] * 30, dice.normal(size=6)
    rows = np.repeat(np.arange(len(counts)), counts)
    places = np.concatenate([np.arange(count) for count in counts])
    vectors = dice.normal(size=(len(rows), 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = ["ABCD"[int(np.argmax(vectors[rows == row] @ direction))] for row in range(len(counts))]
    split = split_of(["x"] * len(counts), [["c"] * count for count in counts], labels)
    known = FrozenVectors({MEAN: vectors}, rows, places)
    lesson = Lesson(tuple("ABCD"), split, {"test": split}, {"train": known, "test": known})
    answers = baseline("probe").answer(lesson)
    assert np.mean([a == b for a, b in zip(answers.predictions["test"], labels, strict=True)]) > 0.95
    differences = np.concatenate(
        [
            vectors[rows == r]["ABCD".index(labels[r])] - np.delete(vectors[rows == r], "ABCD".index(labels[r]), 0)
            for r in range(120)
        ]
    )
    both = np.concatenate([differences, -differences])
    wanted = LogisticRegression(C=100.0 / 2, fit_intercept=False, max_iter=500).fit(
        both, np.repeat([1, 0], len(differences))
    )
    scores = vectors @ wanted.coef_[0]
    expected = ["ABCD"[int(np.argmax(scores[rows == row]))] for row in range(len(counts))]
    assert answers.fit.settings["C"] != 100.0 or answers.predictions["test"] == expected


def test_questions_with_contexts_alone_are_asked_for_before() -> None:
    assert list(TASKS)[:2] == ["question-answering", "multiple-choice"]
