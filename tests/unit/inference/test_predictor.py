"""Predictions of a loaded adapter against stock transformers and PEFT, one row at a time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from seqeval.scheme import IOB2, Entities
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from tiny_adapters import CLASSES, LIMIT, TEXTS, make_adapter
from tunecard.errors import DataError
from tunecard.evidence import RunFolder
from tunecard.inference import ManyAdapters, Predictor, load
from tunecard.inference.raw_text.entities import entities_of
from tunecard.inference.raw_text.token_rows import _count_tokens
from tunecard.inference.raw_text.windows import deciding_windows, plan_windows

ARCHITECTURES = ("bert", "roberta", "xlm-roberta")
SHORT = [text.split()[:3] for text in TEXTS]  # words that fit the limit of every base
GetPredictor = Callable[[str, str], Predictor]
LONG = ["Tokyo", ",", "Berlin", "and", "New", "York", "are", "large", "cities", ";"] * 8


def stock_model(run: RunFolder, base: Path, auto_class: Any) -> tuple[Any, Any]:
    """The three lines of stock code, and the tokenizer of the folder."""
    config = AutoConfig.from_pretrained(run.path)
    model = auto_class.from_pretrained(base, config=config)
    return PeftModel.from_pretrained(model, str(run.path)).eval(), AutoTokenizer.from_pretrained(run.path)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_text_probabilities_are_those_of_stock_peft(
    architecture: str, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    base = tiny_base(architecture)
    run = make_adapter(tmp_path, base, "text-classification")
    model, tokenizer = stock_model(run, base, AutoModelForSequenceClassification)
    for text, found in zip(TEXTS, load(run.path, base=base).predict(TEXTS), strict=True):
        with torch.no_grad():
            encoded = tokenizer(text, truncation=True, max_length=LIMIT, return_tensors="pt")
            expected = model(**encoded).logits.softmax(-1)[0].tolist()
        assert list(found["probabilities"]) == list(CLASSES)
        assert list(found["probabilities"].values()) == pytest.approx(expected, abs=1e-5)
        assert found["label"] == CLASSES[expected.index(max(expected))]
        assert found["probability"] == max(found["probabilities"].values())


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_tags_of_words_are_those_of_stock_peft(
    architecture: str, tiny_base: Callable[[str], Path], tmp_path: Path
) -> None:
    base = tiny_base(architecture)
    run = make_adapter(tmp_path, base, "token-classification")
    model, tokenizer = stock_model(run, base, AutoModelForTokenClassification)
    for words, found in zip(SHORT, load(run.path, base=base).predict(SHORT), strict=True):
        encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            logits = model(**encoded).logits[0].softmax(-1)  # (T, K)
        first = [encoded.word_ids().index(word) for word in range(len(words))]
        assert found["tags"] == [model.config.id2label[int(logits[i].argmax())] for i in first]
        assert found["probabilities"] == pytest.approx([float(logits[i].max()) for i in first], abs=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_offsets_are_exact(architecture: str, predictor: GetPredictor) -> None:
    texts = [*TEXTS, *(" ".join(reversed(text.split())) for text in TEXTS)]  # random weights find little: ask more
    found = predictor(architecture, "tokens").predict(texts)
    entities = [(text, entity) for text, row in zip(texts, found, strict=True) for entity in row["entities"]]
    assert len(entities) > 5
    for text, entity in entities:
        assert text[entity["start"] : entity["end"]] == entity["text"] == entity["text"].strip() != ""
        assert set(entity) == {"label", "start", "end", "text", "probability"}
        assert entity["label"] in {"PER", "LOC"} and 0 < entity["probability"] <= 1


def test_a_text_gives_the_entities_of_its_words(predictor: GetPredictor) -> None:
    """Words without inner punctuation: raw text and words are then the same question; seqeval reads the tags."""
    for architecture in ARCHITECTURES:
        texts = ["Marta Ruiz joined Siemens in Madrid", "large cities and a long river in New York"]
        by_words = predictor(architecture, "tokens").predict([text.split() for text in texts])
        for text, row, words in zip(texts, predictor(architecture, "tokens").predict(texts), by_words, strict=True):
            expected = [
                (entity.tag, " ".join(text.split()[entity.start : entity.end]))
                for entity in Entities([words["tags"]], scheme=IOB2).entities[0]
            ]
            assert [(entity["label"], entity["text"]) for entity in row["entities"]] == expected


def test_an_entity_is_strict_and_as_sure_as_its_tags_and_its_end_together() -> None:
    text = "a b c d e"
    spans = [(i, i + 1) for i in range(0, 9, 2)]
    tags = ["I-LOC", "B-PER", "I-PER", "I-LOC", "B-LOC"]  # both I-LOC continue nothing
    labels = ["B-PER", "I-PER", "B-LOC", "I-LOC"]
    likely = [[0, 0, 0, 1], [0.8, 0.1, 0.1, 0], [0.1, 0.6, 0.3, 0], [0, 0.2, 0, 0.8], [0.2, 0.1, 0.7, 0]]
    found = entities_of(text, spans, tags, likely, labels)
    assert found == [
        {"label": "PER", "start": 2, "end": 5, "text": "b c", "probability": pytest.approx(0.8 * 0.6 * (1 - 0.2))},
        {"label": "LOC", "start": 8, "end": 9, "text": "e", "probability": pytest.approx(0.7)},
    ]
    assert len(found) == len(Entities([tags], scheme=IOB2).entities[0])


@pytest.mark.parametrize("what", ["texts", "tokens"])
def test_order_and_batch_mates_change_nothing(what: str, predictor: GetPredictor) -> None:
    for architecture in ARCHITECTURES:
        adapter = predictor(architecture, what)
        rows: list[Any] = [words[:n] for words in SHORT for n in (1, 2, 3)]
        rows = [" ".join(row) for row in rows] if what == "texts" else rows
        together = adapter.predict(rows)
        order = random.Random(3).sample(range(len(rows)), len(rows))
        for position, found in zip(order, adapter.predict([rows[i] for i in order]), strict=True):
            assert_same(found, together[position])
        for row, found in zip(rows, together, strict=True):
            assert_same(adapter.predict([row])[0], found)


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    if "label" in found:
        assert found["label"] == expected["label"]
        assert found["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)
    else:
        assert found["tags"] == expected["tags"]
        assert found["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_word_of_a_long_text_is_read_in_its_best_window(architecture: str, predictor: GetPredictor) -> None:
    adapter = predictor(architecture, "tokens")
    tokens = _count_tokens(adapter.engine, [LONG], [0])[0]
    windows = plan_windows(0, tokens, LIMIT - 2)
    assert len(windows) > 3
    alone = adapter.predict([LONG[window.start : window.end] for window in windows])  # each fits: read as it is
    found, short = adapter.predict([LONG, LONG[:4]])
    chosen = deciding_windows(windows, tokens)
    for word, part in enumerate(chosen):
        inside = word - windows[part].start
        assert found["tags"][word] == alone[part]["tags"][inside]
        assert found["probabilities"][word] == pytest.approx(alone[part]["probabilities"][inside], abs=1e-5)
    assert_same(short, adapter.predict([LONG[:4]])[0])


def test_a_text_at_the_limit_is_one_window_and_one_token_more_is_not(predictor: GetPredictor) -> None:
    adapter = predictor("bert", "tokens")
    words = ["tokyo"] * (LIMIT - 2)  # a token each
    whole = adapter.engine.encode({"tokens": [words, [*words, "tokyo"]]})
    assert whole.is_truncated == [False, True]
    assert all(p is not None for p in adapter.predict([[*words, "tokyo"]])[0]["probabilities"])


def test_entities_of_a_long_text_lie_where_they_are(predictor: GetPredictor) -> None:
    text = "  ".join(LONG)
    entities = predictor("roberta", "tokens").predict([text])[0]["entities"]
    assert max(entity["end"] for entity in entities) > len(text) * 0.7
    assert all(text[entity["start"] : entity["end"]] == entity["text"] for entity in entities)


def test_a_word_of_which_nothing_is_left_has_no_probability(predictor: GetPredictor) -> None:
    found = predictor("bert", "tokens").predict([["tokyo", "\u200b", "berlin"]])[0]
    assert found["tags"][1] == "O" and found["probabilities"][1] is None
    assert predictor("bert", "tokens").predict(["\u0301"]) == [{"entities": []}]


@pytest.mark.parametrize("base", ["bert", "roberta"])
@pytest.mark.parametrize("unseen", ["", " ", "\n", "\u200b", "\u00ad", "\u200f"])
def test_a_word_that_cannot_be_seen_keeps_its_place_and_is_not_read(
    predictor: GetPredictor, base: str, unseen: str
) -> None:
    adapter = predictor(base, "tokens")
    with_it, without = adapter.predict([["tokyo", unseen, "berlin", unseen], ["tokyo", "berlin"]])
    assert with_it["tags"] == [without["tags"][0], "O", without["tags"][1], "O"]
    assert with_it["probabilities"] == [without["probabilities"][0], None, without["probabilities"][1], None]


def test_a_long_text_is_cut_and_says_so(predictor: GetPredictor) -> None:
    found = predictor("bert", "texts").predict(["tokyo " * (LIMIT - 2), "tokyo " * (LIMIT - 1)])
    assert [row["truncated"] for row in found] == [False, True]
    assert found[0]["probabilities"] == pytest.approx(found[1]["probabilities"], abs=1e-6)


def test_a_pair_is_two_segments(predictor: GetPredictor) -> None:
    adapter = predictor("bert", "pairs")
    pairs = [("tokyo is", "berlin"), ("tokyo", "is berlin"), ("berlin", "tokyo is"), ("tokyo is", "large")]
    found = adapter.predict(pairs)
    assert len({row["probability"] for row in found}) == 4  # neither text, nor the border, nor the order is lost
    assert found == adapter.predict([list(pair) for pair in pairs])


def test_nothing_in_nothing_out(predictor: GetPredictor) -> None:
    assert predictor("bert", "tokens").predict([]) == predictor("bert", "texts").predict([]) == []


@pytest.mark.parametrize(
    ("what", "rows", "message"),
    [
        ("texts", ["fine", "  "], "inputs: row 1: the text is empty."),
        ("texts", [7], "inputs: row 0: the text must be text. Got 7."),
        ("texts", ["half \ud800"],
         "inputs: row 0: the text holds a byte that is not UTF-8 or half a character. Mend the text."),
        ("texts", [("a", "b")],
         "inputs: row 0: must be one text: this adapter was trained on single texts. Got a pair."),
        ("pairs", ["a"], "inputs: row 0: must be a pair of texts: this adapter was trained on pairs. Got one text."),
        ("pairs", [("a", "b", "c")], "inputs: row 0: must be one text or a pair. Got 3 items."),
        ("pairs", [("a", "")], "inputs: row 0: the second text is empty."),
        ("tokens", [[]], "inputs: row 0: has no words."),
        ("tokens", [["", "\u200b"]], "inputs: row 0: has no word that can be seen."),
        ("tokens", "a text", "inputs must be a list of rows. Got one text: put it in a list."),
        ("tokens", ["", ["a", None]],
         "2 problems in inputs\n  row 0: the text is empty.\n  row 1: word 2 must be text. Got nothing (null)."),
    ],
)  # fmt: skip
def test_bad_rows_are_named(what: str, rows: Any, message: str, predictor: GetPredictor) -> None:
    with pytest.raises(DataError) as caught:
        predictor("bert", what).predict(rows)
    assert str(caught.value) == message


def test_a_predictor_says_in_a_line_what_it_is(predictor: Callable[[str, str], Predictor]) -> None:
    adapter = predictor("bert", "texts")
    told = replace(adapter, method="LoRA", score="Accuracy 0.9 [0.8, 1] on test", unchecked=("<b>the base</b>",))
    labels = len(adapter.labels)
    assert repr(told) == (
        f"Predictor(text-classification, {adapter.base_id}, LoRA, {labels} labels, Accuracy 0.9 [0.8, 1] on test)"
    )
    assert repr(adapter.engine).startswith("Engine(Bert") and len(repr(adapter.engine)) < 120
    shown = told._repr_html_()
    assert ", ".join(adapter.labels) in shown and "&lt;b&gt;the base" in shown and "<b>" not in shown
    many = ManyAdapters(adapter.engine.model, {f"runs/{n}": told for n in range(9)}, {})
    assert repr(many) == (
        f"ManyAdapters(9 for text-classification on {adapter.base_id}: runs/0, runs/1, runs/2, ... 6 more)"
    )
