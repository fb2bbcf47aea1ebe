"""Questions with contexts: recognised, read, encoded as the usual script does, decoded by characters, and scored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForQuestionAnswering, PreTrainedTokenizerBase

from tiny_models import CORPUS, lora_plan
from tunecard.adapters import add_adapter
from tunecard.data import DataPlan, load_dataset
from tunecard.data.source import Source
from tunecard.encoders import BaseFiles, enable_packing, load_encoder, load_tokenizer
from tunecard.errors import DataError
from tunecard.evidence import Predictions
from tunecard.evidence.probabilities import FlatProbabilities
from tunecard.inference import predict_logits
from tunecard.inference.token_cache import TokenCache, encode_split
from tunecard.inference.truncation import as_asked, refuse_long_rows
from tunecard.rows.dataset import Split
from tunecard.rows.table import table_of
from tunecard.tasks import recognise, task_of_config
from tunecard.tasks.question_answering import ANSWERED, OR_NONE, QuestionAnswering
from tunecard.tasks.snippet import example_in
from tunecard.tasks.text_classification import TextClassification
from tunecard.training.objectives import objective_of

Base = Callable[[str], Path]
CONTEXT = " ".join(CORPUS)
TASK = QuestionAnswering(ANSWERED)


def split_of(questions: list[str], contexts: list[str], golds: list[list[str]]) -> Split:
    starts = [[text.index(gold) for gold in several] for text, several in zip(contexts, golds, strict=True)]
    inputs = {"text": questions, "text_pair": contexts, "answer_start": starts}
    return Split("train", list(range(len(golds))), inputs, golds, {}, "given", {})


ROWS = split_of(
    ["Who ?", "Which city ?", "Where ?", "What is long ?"],
    [CONTEXT, CONTEXT, "Marta joined Siemens in Madrid .", CONTEXT],
    [["Marta Ruiz"], ["Berlin", "Tokyo"], ["Madrid"], []],
)


@pytest.fixture(scope="module")
def tokenizer(tiny_base: Base) -> Callable[[str], PreTrainedTokenizerBase]:
    return lambda architecture: load_tokenizer(BaseFiles("anna/tiny", tiny_base(architecture), None, False))


# Rows.


@pytest.mark.parametrize(
    ("columns", "task"),
    [
        (
            {"question": ["q"], "context": ["c"], "answers": [{"text": ["c"], "answer_start": [0]}]},
            "question-answering",
        ),
        ({"question": ["q"], "context": ["c"], "answer": ["c"]}, "question-answering"),
        ({"Question": ["q"], "passage": ["a c"], "answers": [["c"]]}, "question-answering"),
        ({"question": ["q"], "passage": ["c"], "answer": [True]}, "text-classification"),
        ({"question": ["q"], "passage": ["c"], "answer": ["yes"]}, "text-classification"),
        ({"question": ["q"], "sentence": ["c"], "label": ["entailment"]}, "text-classification"),
    ],
)
def test_questions_whose_contexts_hold_the_answers_are_recognised(columns, task):
    assert recognise({}, table_of("t.jsonl", columns)).name == task


def test_columns_are_found_by_their_names_or_as_told():
    table = table_of("t.jsonl", {"question": ["q"], "context": ["c"], "answers": [["c"]], "mine": ["c"]})
    assert TASK.find_columns({}, table) == {"question": "question", "context": "context", "answers": "answers"}
    assert TASK.find_columns({"answers": "mine"}, table)["answers"] == "mine"
    with pytest.raises(DataError, match="no column has a usual name for the context"):
        TASK.find_columns({}, table_of("t.jsonl", {"question": ["q"]}))


def load(**splits: list[dict[str, Any]]) -> Any:
    tables = {
        name: table_of(f"{name}.jsonl", {key: [row.get(key) for row in rows] for key in rows[0]})
        for name, rows in splits.items()
    }
    source = Source(name="made", tables=tables)
    return load_dataset(DataPlan(source="made", needs_train=False), [source])


def row(answers: Any, **more: Any) -> dict[str, Any]:
    return {"question": "Where ?", "context": "In Oslo .", "answers": answers, **more}


def test_rows_become_texts_with_the_places_of_their_answers():
    read = load(train=[row(["Oslo"]), row(["In Oslo", "Oslo"])], test=[row(["Oslo"])])
    train = read.splits["train"]
    assert (read.kind, read.labels) == ("question-answering", ANSWERED)
    assert train.labels == [["Oslo"], ["In Oslo", "Oslo"]]
    assert train.inputs == {
        "text": ["Where ?"] * 2, "text_pair": ["In Oslo ."] * 2, "answer_start": [[3], [0, 3]]
    }  # fmt: skip


def test_a_question_without_an_answer_in_train_makes_none_an_answer():
    assert load(train=[row(["Oslo"]), row([])], test=[row([])]).labels == OR_NONE
    assert load(train=[row(["Oslo"])], test=[row([])]).labels == ANSWERED  # never learned


def test_faults_of_rows_are_told_together():
    with pytest.raises(DataError) as caught:
        load(test=[row(["Rome"]), row([], context=" "), row(["Oslo"], question=None)])
    said = str(caught.value)
    assert "test.jsonl row 1: an answer must stand in its context" in said
    assert "test.jsonl row 2: 'context' is empty." in said
    assert "test.jsonl row 3: 'question' must be text." in said


def test_rows_are_counted_by_the_length_of_the_answer():
    labels = [["a"], ["a b"], ["a b c"], ["a b c d e f"], []]
    assert TASK.count_labels(labels) == {
        "1 word": 1, "2 words": 1, "3 to 5 words": 1, "6 words or more": 1, "no answer": 1
    }  # fmt: skip
    assert "no answer" not in TASK.count_labels(labels[:4])
    assert TASK.strata(labels)[4] == "no answer"
    assert TASK.training_faults([[], []]) == ["train must hold answers. Got none in 2 rows."]


# A model.


def stock_features(tokenizer: PreTrainedTokenizerBase, split: Split, max_length: int, stride: int) -> list[Any]:
    """(ids, start, end) of each window by the usual script's own walk along the offsets."""
    encoded = tokenizer(
        split.inputs["text"], split.inputs["text_pair"], truncation="only_second", max_length=max_length, stride=stride,
        return_overflowing_tokens=True, return_offsets_mapping=True,
    )  # fmt: skip
    features = []
    for window, ids in enumerate(encoded["input_ids"]):
        number = encoded["overflow_to_sample_mapping"][window]
        parts, offsets = encoded.sequence_ids(window), encoded["offset_mapping"][window]
        first = parts.index(1)
        last = len(parts) - 1 - parts[::-1].index(1)
        gold, starts = split.labels[number], split.inputs["answer_start"][number]
        begin, end = (starts[0], starts[0] + len(gold[0])) if gold else (0, 0)
        if not gold or offsets[first][0] > begin or offsets[last][1] < end:
            features.append((number, ids, 0, 0))
            continue
        context = last  # the script walks on over the end, where the answer is the last word: its start is then no word
        while first <= context and offsets[first][0] <= begin:
            first += 1
        while offsets[last][1] >= end:
            last -= 1
        features.append((number, ids, first - 1, last + 1))
    return features


@pytest.mark.parametrize("architecture", ["bert", "roberta", "xlm-roberta", "modernbert"])
@pytest.mark.parametrize("max_length", [31, 32, 1000])
def test_windows_and_their_labels_are_those_of_the_usual_script(tokenizer, architecture, max_length):
    reader = tokenizer(architecture)
    special = reader.num_special_tokens_to_add(pair=True)
    by_stride: dict[int, list[int]] = {}
    for number, question in enumerate(ROWS.inputs["text"]):
        left = max_length - special - len(reader(question, add_special_tokens=False)["input_ids"])
        by_stride.setdefault(min(128, left // 2), []).append(number)
    encoded = encode_split(TASK, reader, ROWS, max_length)
    for stride, numbers in by_stride.items():
        for place, number in enumerate(numbers):
            wanted = [
                one[1:] for one in stock_features(reader, ROWS.take(numbers), max_length, stride) if one[0] == place
            ]
            assert encoded.pieces[number] == [len(ids) for ids, _, _ in wanted]
            assert encoded.input_ids[number] == [id for ids, _, _ in wanted for id in ids]
            assert encoded.label_ids[number] == [[start, end] for _, start, end in wanted]
    assert encoded.is_truncated == [False] * 4


@pytest.mark.parametrize("architecture", ["bert", "roberta", "xlm-roberta", "modernbert"])
def test_the_labels_of_a_row_decode_to_its_answer(tokenizer, architecture):
    encoded = encode_split(TASK, tokenizer(architecture), ROWS, 31)
    assert max(len(pieces) for pieces in encoded.pieces) > 2
    for number in range(3):
        logits = np.zeros((len(encoded.input_ids[number]), 2))
        begin = 0
        for size, (start, end) in zip(encoded.pieces[number], encoded.label_ids[number], strict=True):
            logits[begin + start, 0], logits[begin + end, 1] = 9.0, 9.0
            begin += size
        assert TASK.decode(logits, encoded, number)[0] == ROWS.labels[number][0]


def test_a_question_that_leaves_no_room_is_cut(tokenizer):
    long = split_of(["who joined siemens in madrid in march " * 9], [CONTEXT], [["Marta Ruiz"]])
    encoded = encode_split(TASK, tokenizer("bert"), long, 32)
    assert encoded.is_truncated == [True]
    assert max(encoded.pieces[0]) == 32
    covered = {span for spans in encoded.spans for span in zip(spans[::2], spans[1::2], strict=True)}
    assert max(end for _, end in covered) == len(CONTEXT)


def test_what_is_too_long_may_be_cut_behind_the_first_window_or_refused(tokenizer):
    encoded = {"train": encode_split(TASK, tokenizer("bert"), ROWS, 31)}
    assert as_asked(encoded, TASK, "stride") == encoded
    assert as_asked(encoded, TextClassification(), "truncate") == encoded
    cut = as_asked(encoded, TASK, "truncate")["train"]
    for number, pieces in enumerate(encoded["train"].pieces):
        assert cut.input_ids[number] == encoded["train"].input_ids[number][: pieces[0]]
        assert cut.label_ids[number] == encoded["train"].label_ids[number][:1]
        assert (cut.pieces[number], len(cut.spans[number])) == ([pieces[0]], 2 * pieces[0])
    assert cut.is_truncated == [len(pieces) > 1 for pieces in encoded["train"].pieces]
    with pytest.raises(DataError, match="train row 1 is longer than 31 tokens"):
        refuse_long_rows(as_asked(encoded, TASK, "error"), {"train": ROWS.rows}, 31)


def test_the_cache_gives_back_what_was_encoded(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr("tunecard.inference.token_cache.WORTHWHILE_ROWS", 1)
    reader = tokenizer("bert")
    first = TokenCache(TASK, reader, folder=tmp_path).encode(ROWS, 31)
    again = TokenCache(TASK, reader, folder=tmp_path).encode(ROWS, 31)
    assert again == first
    assert len(list(tmp_path.iterdir())) == 1
    assert b"Siemens" not in next(tmp_path.iterdir()).read_bytes()


@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_packed_windows_give_the_logits_and_the_loss_of_stock_peft(tiny_base, architecture):
    files = BaseFiles("anna/tiny", tiny_base(architecture), None, False)
    encoder = load_encoder(files, TASK.auto_class, TASK.labels, None, seed=3)
    assert encoder.new_modules == ["qa_outputs"]
    model = add_adapter(encoder.model, lora_plan(encoder.new_modules, TASK.peft_task_type), 3).eval()
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, 0, 0.2)
    encoded = encode_split(TASK, encoder.tokenizer, ROWS, 31)
    stock: list[list[np.ndarray]] = []
    loss = 0.0
    for number, pieces in enumerate(encoded.pieces):
        begin, stock = 0, [*stock, []]
        for size, (start, end) in zip(pieces, encoded.label_ids[number], strict=True):
            ids = torch.tensor([encoded.input_ids[number][begin : begin + size]])
            types = {} if encoded.type_ids is None else {
                "token_type_ids": torch.tensor([encoded.type_ids[number][begin : begin + size]])
            }  # fmt: skip
            with torch.no_grad():
                said = model(
                    input_ids=ids, attention_mask=torch.ones_like(ids), **types,
                    start_positions=torch.tensor([start]), end_positions=torch.tensor([end]),
                )  # fmt: skip
            stock[-1].append(torch.stack([said.start_logits[0], said.end_logits[0]], dim=-1).numpy())
            loss += float(said.loss)
            begin += size
    enable_packing(model)
    packed = predict_logits(model, encoded, int(encoder.tokenizer.pad_token_id))
    for ours, theirs in zip(packed, stock, strict=True):
        np.testing.assert_allclose(ours, np.concatenate(theirs), atol=1e-5)
    logits, right = objective_of(TASK).decided(packed, encoded)
    shares = torch.log_softmax(torch.from_numpy(logits), dim=-1)
    assert -float(shares[torch.arange(len(right)), torch.from_numpy(right)].sum()) / 2 == pytest.approx(loss, rel=1e-5)
    side_by_side = torch.from_numpy(logits.reshape(-1, 2, logits.shape[1])).transpose(1, 2)
    summed = objective_of(TASK).loss_sum(side_by_side, torch.from_numpy(right.reshape(-1, 2)), None)
    assert float(summed) == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("wanted", [-4.0, 3.0])
def test_validation_chooses_when_there_is_no_answer_and_a_file_keeps_it(tokenizer, wanted):
    task = QuestionAnswering(OR_NONE)
    encoded = encode_split(task, tokenizer("bert"), ROWS, 1000)
    logits = []
    for number, shift in enumerate((-1.0, -1.0, -1.0, 1.0)):  # the last row has no answer
        values = np.zeros((len(encoded.input_ids[number]), 2))
        start, end = encoded.label_ids[number][0] if number < 3 else (20, 20)
        values[start, 0], values[end, 1] = 9.0, 9.0
        values[0] = (18.0 + wanted + shift) / 2
        logits.append(values)
    tuned = task.tuned(logits, ROWS.labels, encoded)
    assert tuned.null_threshold == pytest.approx(wanted)
    said = [tuned.decode(values, encoded, number)[0] for number, values in enumerate(logits)]
    assert said == ["Marta Ruiz", "Berlin", "Madrid", ""]
    assert tuned.settings == {"null_threshold": tuned.null_threshold}
    assert task.with_settings(tuned.settings) == tuned
    assert task.with_settings({"null_threshold": "0"}) == task
    assert [(finding.id, finding.value) for finding in tuned.describe()] == [
        ("task.null_threshold", tuned.null_threshold)
    ]
    assert "config.null_threshold" in tuned.snippet("a/b", None)
    assert TASK.tuned(logits, ROWS.labels, encoded) is TASK and TASK.settings == {}


# Predictions and answers.


def flat(values: list[list[float]]) -> FlatProbabilities:
    found = np.array(values, dtype=np.float64)
    return FlatProbabilities(found, np.ones(len(found), dtype=bool), np.arange(len(found) + 1))


def test_a_file_is_held_to_texts_with_one_probability_each():
    def faults(labels: list[Any], said: list[Any], task: QuestionAnswering = TASK) -> list[str]:
        return list(task.prediction_faults(Predictions([0, 1], labels, said)))

    assert faults([["a"], None], ["a", "b"]) == []
    assert faults([["a"], [1]], ["a", "b"]) == ["the column label does not hold lists of texts"]
    assert faults([["a"], []], ["a", 3]) == ["the column prediction does not hold texts"]
    assert faults([["a"], []], ["a", ""]) == ["a question is not answered, and this head answers every one"]
    assert faults([["a"], []], ["a", ""], QuestionAnswering(OR_NONE)) == []
    rows = Predictions([0, 1], [["a"], []], ["a", "b"])
    assert list(TASK.probability_faults(rows, flat([[0.2], [1.0]]))) == []
    assert list(TASK.probability_faults(rows, flat([[0.2, 0.8], [0.5, 0.5]]))) == ["there is not one probability a row"]
    assert list(TASK.probability_faults(rows, flat([[0.2], [1.2]]))) == ["a probability is not between 0 and 1"]


def test_confidence_is_of_answers_that_match_exactly():
    rows = Predictions([0, 1, 2], [["The Oslo."], ["b"], []], ["oslo", "b c", ""])
    found = TASK.scoring.confidence(flat([[0.9], [0.8], [0.3]]), rows, np.arange(3))
    assert found.is_right.tolist() == [True, False, True]
    assert found.brier.tolist() == pytest.approx([0.1**2, 0.8**2, 0.7**2])


def test_questions_with_and_without_an_answer_are_scored_apart():
    rows = Predictions([0, 1, 2], [["x"], ["b"], []], ["x", "", "x"])
    parts = {part.key: part for part in TASK.scoring.subsets(rows)}
    assert {key: (len(part.counts), part.counts.totals()[:2].tolist()) for key, part in parts.items()} == {
        "has_answer": (3, [2.0, 1.0]), "no_answer": (3, [1.0, 0.0])
    }  # fmt: skip
    assert TASK.scoring.subsets(Predictions([0], [["a"]], ["a"])) == []


def test_the_code_to_start_is_the_tasks_own():
    code = TASK.snippet("a/b", None, ["Who?", 'An "odd" {context}'])
    compile(code, "start.py", "exec")
    assert example_in(code, TASK.snippet, "a/b", None) == ("Who?", 'An "odd" {context}')


def test_an_adapter_made_elsewhere_is_known_by_its_task_type():
    found = task_of_config("QUESTION_ANS", {})
    assert found is not None and found.name == "question-answering"
    assert TASK.head_fault(2) is None
    assert TASK.head_fault(3) == "the head gives 3 values a token, and a span has two ends."
    assert TASK.label_name_faults(("a", "b")) == ["the outputs of question answering are start and end. Got a, b."]
    assert AutoModelForQuestionAnswering.__name__ == TASK.auto_class
