"""Attributions add up and agree with a Riemann sum and with a linear model by hand; forged or hidden words are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import ttest_1samp
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from tunecard.evidence import RunFolder
from tunecard.examination import Subject, attributions
from tunecard.examination.attributions import PASSES, Attributions
from tunecard.examination.explaining import Asked
from tunecard.examination.faithfulness import faithfulness, mean_estimate
from tunecard.examination.integrated_gradients import Attribution, attribute
from tunecard.examination.read_words import ReadWord, blank_token, read_words
from tunecard.examination.score_of_embeddings import EmbeddedRow
from tunecard.examination.telling_words import telling_words
from tunecard.inference import take_fast_path
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.explained import Explained, explained
from tunecard.tasks.multi_label import MultiLabel
from tunecard.tasks.question_answering import ANSWERED, OR_NONE, QuestionAnswering
from tunecard.tasks.sentence_embedding import SentenceEmbedding
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

TASK = TextClassification(("good", "bad", "none"))
TEXTS = [
    "the river danube is long",
    "a man plays the guitar in the street",
    "why was i charged a fee ?",
    "my card arrives",
]


def tiny(folder: Path, architecture: str = "bert", auto: Any = AutoModelForSequenceClassification) -> tuple[Any, Any]:
    torch.manual_seed(3)
    model = auto.from_pretrained(folder, num_labels=3).eval().requires_grad_(False)
    return model, AutoTokenizer.from_pretrained(folder)


def subject_of(folder: Path, model: Any, tokenizer: Any, texts: list[str], **others: Any) -> Subject:
    rows = Split("test", list(range(len(texts))), {"text": texts}, ["good"] * len(texts), {}, "given", {})

    def encode(split: Split) -> EncodedSplit:
        return TASK.encode(tokenizer, split.inputs, None, 32)

    return Subject(
        RunFolder(folder), model, TASK, rows, None, encode, tokenizer.pad_token_id, tokenizer=tokenizer, **others
    )


def row_of(subject: Subject, place: int = 1) -> tuple[EmbeddedRow, list[ReadWord], np.ndarray]:
    logits, encoded = subject.logits(subject.rows.take([place]), "")
    answer = explained(TASK, logits[0], encoded, 0)[0]
    words = read_words(subject.tokenizer, encoded, 0)  # type: ignore[arg-type]
    return EmbeddedRow(subject.model, encoded, answer.score, subject.pad_token_id), words, logits[0]


@pytest.mark.parametrize("architecture", ["bert", "roberta", "modernbert"])
@pytest.mark.parametrize("is_fast", [False, True])
def test_attributions_are_a_riemann_sum_and_add_up(
    tiny_base: Callable[[str], Path], tmp_path: Path, architecture: str, is_fast: bool
) -> None:
    model, tokenizer = tiny(tiny_base(architecture), architecture)
    if is_fast:
        take_fast_path(model)
    subject = subject_of(tmp_path, model, tokenizer, TEXTS)
    row, words, logits = row_of(subject)
    found = attribute(row, words, blank_token(tokenizer), 64)
    ids = row.encoded.input_ids[0]
    masked = [tokenizer.mask_token_id if any(at in word.places for word in words) else id for at, id in enumerate(ids)]
    start, end = row.embed(masked), row.embed(ids)
    gradients = torch.zeros_like(end)
    for step in range(256):
        point = (start + (step + 0.5) / 256 * (end - start)).requires_grad_()
        gradients += torch.autograd.grad(row.scores(point[None])[0], point)[0] / 256
    by_hand = ((end - start) * gradients).sum(-1)
    assert found.words == pytest.approx([float(by_hand[list(word.places)].sum()) for word in words], abs=2e-2)
    assert float(row.scores(end[None])[0]) == pytest.approx(float(logits.max() - logits.mean()), abs=1e-4)
    rise = float(row.scores(end[None])[0] - row.scores(start[None])[0])
    assert found.rise == pytest.approx(rise, abs=1e-4) and found.words.sum() == pytest.approx(rise, abs=2e-2)
    assert found.words.sum() - found.rise == pytest.approx(found.delta, abs=1e-4)


class Linear(nn.Module):
    """Logits that are a sum over tokens of products with their vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.out = nn.Embedding(40, 5), nn.Linear(5, 3)
        self.config = SimpleNamespace()

    def get_input_embeddings(self) -> nn.Module:
        return self.table

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Any:
        return SimpleNamespace(logits=(self.out(self.table(input_ids)) * attention_mask[..., None]).cumsum(1))


def test_of_a_linear_model_one_step_is_exact() -> None:
    torch.manual_seed(0)
    model, ids = Linear(), [7, 9, 11]
    encoded = EncodedSplit([ids], None, None, [False], lost_words=[0])
    row = EmbeddedRow(model, encoded, lambda values: values[-1][2], 0)
    words = [ReadWord("a", (0,)), ReadWord("b", (1, 2))]
    found = attribute(row, words, 3, 1)
    weights, vectors = model.out.weight[2].detach(), model.table.weight.detach()
    each = [float((vectors[id] - vectors[3]) @ weights) for id in ids]
    assert found.words == pytest.approx([each[0], each[1] + each[2]], abs=1e-5) and abs(found.delta) < 1e-5


def test_words_are_pieces_together_and_signs_alone(tiny_base: Callable[[str], Path]) -> None:
    for architecture in ("bert", "roberta", "xlm-roberta", "modernbert"):
        tokenizer = AutoTokenizer.from_pretrained(tiny_base(architecture))
        encoded = TASK.encode(tokenizer, {"text": ["unheard, Marta"], "text_pair": ["my card"]}, None, 64)
        words = read_words(tokenizer, encoded, 0)
        assert [word.text for word in words] == ["unheard", ",", "marta", "my", "card"], architecture
        places = [place for word in words for place in word.places]
        assert len(places) == len(set(places)) < len(encoded.input_ids[0])


def test_words_of_tags_are_those_of_the_row(tiny_base: Callable[[str], Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_base("bert"))
    task = TokenClassification(("O", "B-X", "I-X"))
    encoded = task.encode(tokenizer, {"tokens": [["NF-kappa", "B", "binds"]]}, None, 32)
    assert len(read_words(tokenizer, encoded, 0)) == 3
    logits = np.zeros((len(encoded.input_ids[0]), 3))
    starts = encoded.word_starts[0]  # type: ignore[index]
    logits[starts[0], 1], logits[starts[1], 2], logits[starts[2], 0] = 3, 6, 9
    (entity,) = explained(task, logits, encoded, 0)
    assert entity.label == "X" and float(entity.score(logits)) == pytest.approx(((3 - 1) + (6 - 2)) / 2)
    logits[:] = [1, 0, 0]
    assert explained(task, logits, encoded, 0) == []


def test_every_other_answer_has_a_score_of_its_own() -> None:
    encoded = EncodedSplit(
        [[1, 2, 3, 4]], None, None, [False], pieces=[[4]], spans=[[-1, -1, 0, 2, 3, 5, -1, -1]], texts=["ab cd"]
    )
    spans = np.array([[0, 0], [1, 2], [3, 9], [0, 0]], dtype=float)
    (said,) = QuestionAnswering(ANSWERED).explained(spans, encoded, 0)
    assert said.score(spans) == 12  # starts and ends at the second word
    nothing = QuestionAnswering(OR_NONE).explained(spans + np.array([[50, 50], [0, 0], [0, 0], [0, 0]]), encoded, 0)[0]
    assert nothing.score(spans) == 0
    given = MultiLabel(("a", "b")).explained(np.array([-5.0, 2.0]), encoded, 0)
    assert [(one.label, float(one.score(np.array([7.0, 8.0])))) for one in given] == [("b", 8.0)]
    vectors = np.array([[1.0, 0.0], [1.0, 1.0]])
    (cosine,) = SentenceEmbedding().explained(vectors, encoded, 0)
    assert float(cosine.score(torch.tensor(vectors))) == pytest.approx(0.5**0.5)


class Counting(nn.Module):
    """One logit: three for each token 5, one for each token 6."""

    def __init__(self) -> None:
        super().__init__()
        self.config, self.weight = SimpleNamespace(), nn.Parameter(torch.zeros(1))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Any:
        values = 3.0 * (input_ids == 5) + (input_ids == 6)
        return SimpleNamespace(logits=values[..., None].float())


def counted(place: int, ids: list[int]) -> Asked:
    encoded = EncodedSplit([ids], None, None, [False], lost_words=[0])
    words = [ReadWord(str(at), (at,)) for at in range(len(ids))]
    before = float(sum(3 * (id == 5) + (id == 6) for id in ids))
    return Asked(place, encoded, Explained("good", lambda values: values.sum()), before, words)


def test_comprehensiveness_and_sufficiency_by_hand(tmp_path: Path) -> None:
    tokens = SimpleNamespace(mask_token_id=9)
    rows = [counted(place, [5, 7, 6, 7, 7, 7, 7, 7, 7, 7]) for place in range(12)]
    of = [Attribution(np.array([3.0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), 4.0, 0.0)] * 12
    split = Split("test", list(range(12)), {"text": ["x"] * 12}, ["good"] * 12, {}, "given", {})
    subject = Subject(RunFolder(tmp_path), Counting(), TASK, split, None, lambda rows: None, 0, tokenizer=tokens)  # type: ignore[arg-type,return-value]
    first, second = faithfulness(subject, rows, of)
    assert first["attributions"] == pytest.approx((3 + 4 + 4) / 3)  # of the 10 %, 20 % and 50 % that tell most
    assert second["attributions"] == pytest.approx((1 + 0 + 0) / 3)
    assert first["verdict"] == second["verdict"] == "better than random"
    assert subject.passes.spent == 12 * 12
    wrong = [Attribution(-one.words, 4.0, 0.0) for one in of]
    assert [one["verdict"] for one in faithfulness(subject, rows, wrong)] == ["worse than random"] * 2


def test_a_paired_mean_is_students_t() -> None:
    values = np.random.default_rng(1).normal(0.4, 1.0, 30)
    found, test = mean_estimate(values, None), ttest_1samp(values, 0.0)
    assert found.interval() == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert found.chance_apart(0.0) == pytest.approx(test.pvalue)


def test_random_attributions_are_seldom_called_better(tmp_path: Path) -> None:
    tokens, alarms = SimpleNamespace(mask_token_id=9), 0
    split = Split("test", list(range(20)), {"text": ["x"] * 20}, ["good"] * 20, {}, "given", {})
    for trial in range(40):
        draw = np.random.default_rng(trial)
        subject = Subject(
            RunFolder(tmp_path), Counting(), TASK, split, None, lambda rows: None, 0, seed=trial, tokenizer=tokens
        )  # type: ignore[arg-type,return-value]
        rows = [counted(place, draw.integers(5, 9, 10).tolist()) for place in range(20)]
        chance = [Attribution(draw.normal(size=10), 1.0, 0.0) for _ in rows]
        alarms += any(one["verdict"] != "not distinguishable" for one in faithfulness(subject, rows, chance))
    assert alarms <= 5  # 2 expected; more than 5 has a chance of 0.014


def test_words_are_told_only_where_text_may_be_shown() -> None:
    rows = [counted(place, [5, 7, 6]) for place in range(4)]
    of = [Attribution(np.array([3.0, -1.0, 0.0]), 2.0, 0.0)] * 4
    (hidden,), (shown,) = (telling_words(rows, of, shows_text=shows) for shows in (False, True))
    assert "words" not in hidden and shown["words"] == "0"
    assert (hidden["label"], hidden["rows_with_the_first"], hidden["share"]) == ("good", 4, 0.75)
    assert telling_words(rows[:2], of[:2], shows_text=True) == []


def test_the_probe_asks_within_its_budget_and_says_what_it_left_out(
    tiny_base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunecard.examination.attributions.FEWEST", 4)
    model, tokenizer = tiny(tiny_base("bert"))
    texts = ["a", *TEXTS, "the street is long"]
    subject = subject_of(tmp_path, model, tokenizer, texts, shows_text=True)
    probe = Attributions()
    assert probe.price(subject) == 1 + 6 * (1 + PASSES)
    summary, faithful, telling = probe.run(subject, probe.price(subject))
    assert (
        summary.n == 5
        and "1 rows without an answer" in str(summary.method)
        and subject.passes.spent <= probe.price(subject)
    )
    assert summary.value["rows_not_converged"] <= 5 and {one["verdict"] for one in faithful.value} == {
        "not distinguishable"
    }
    assert telling.status in ("measured", "not measured")
    again = probe.run(replace(subject), probe.price(subject))
    assert [one.value for one in again] == [summary.value, faithful.value, telling.value]
    assert all(one.status == "not measured" for one in probe.run(subject, 50))
    assert "evaluation.budget" in str(probe.run(subject, 50)[0].reason)


def test_a_model_whose_embeddings_cannot_be_replaced_is_told(
    tiny_base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = tiny(tiny_base("bert"))
    subject = subject_of(tmp_path, model, tokenizer, TEXTS * 3)
    monkeypatch.setattr(
        "tunecard.examination.score_of_embeddings.word_table",
        lambda model: model.base_model.embeddings.position_embeddings,
    )
    found = attributions.Attributions().run(subject, 10_000)
    assert {one.status for one in found} == {"not measured"} and "cannot be asked for gradients" in str(found[0].reason)


def test_tags_can_be_asked_too(tiny_base: Callable[[str], Path], tmp_path: Path) -> None:
    model, tokenizer = tiny(tiny_base("bert"), auto=AutoModelForTokenClassification)
    task = TokenClassification(("O", "B-X", "I-X"))
    encoded = task.encode(tokenizer, {"tokens": [["my", "card", "arrives"]]}, None, 32)
    take_fast_path(model)
    starts = encoded.word_starts[0]  # type: ignore[index]
    row = EmbeddedRow(model, encoded, lambda values: values[starts[1]][1], 0)
    found = attribute(row, read_words(tokenizer, encoded, 0), blank_token(tokenizer), 64)
    assert found.relative_delta < 0.05 and len(found.words) == 3
