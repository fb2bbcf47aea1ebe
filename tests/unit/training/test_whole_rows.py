"""Rows of several sequences through real heads: packed, padded and stock alike, in prediction and in a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch import Tensor, nn
from torch.nn import functional

from tiny_models import lora_plan
from tiny_training import PLAN
from tunecard.adapters import trainable_state
from tunecard.adapters.adding import add_adapter
from tunecard.encoders import disable_packing, enable_packing, forward_packed, is_packed, outputs_of
from tunecard.errors import MachineError
from tunecard.inference import predict_logits
from tunecard.inference.packed_rows import pack_rows
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.text_classification import TextClassification
from tunecard.training import Trainer, TrainingData, passes
from tunecard.training.validation import score_validation

TinyBase = Callable[[str], Path]
HEADS = {
    "choices": "AutoModelForMultipleChoice",
    "spans": "AutoModelForQuestionAnswering",
    "vectors": "AutoModel",
    "tokens": "AutoModelForTokenClassification",
}
PAD = 1


def load(base: Path, head: str, *, adapted: bool = False) -> nn.Module:
    torch.manual_seed(5)
    model = getattr(transformers, HEADS[head]).from_pretrained(base, attn_implementation="sdpa").eval()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    if not adapted:
        return model.requires_grad_(False)
    new = [name for name in ("classifier", "qa_outputs") if hasattr(model, name)]
    adapter = add_adapter(model, lora_plan(new, "FEATURE_EXTRACTION"), 3)
    with torch.no_grad():
        for name, parameter in adapter.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.2)
    return adapter


def make_rows(counts: Sequence[int], labels: list[Any] | None, seed: int = 0) -> EncodedSplit:
    dice = np.random.default_rng(seed)
    pieces = [[int(dice.integers(3, 12)) for _ in range(count)] for count in counts]
    ids = [[int(dice.integers(5, 300)) for _ in range(sum(lengths))] for lengths in pieces]
    return EncodedSplit(ids, None, labels, [False] * len(ids), lost_words=[0] * len(ids), pieces=pieces)


def stock(model: nn.Module, row: EncodedSplit) -> Any:
    """What stock transformers gives of one row, its sequences padded by hand."""
    lines = row.sequences.split.input_ids
    longest = max(map(len, lines))
    ids = torch.tensor([line + [PAD] * (longest - len(line)) for line in lines])
    mask = torch.tensor([[1] * len(line) + [0] * (longest - len(line)) for line in lines])
    return model, ids, mask


def stock_choices(model: nn.Module, row: EncodedSplit) -> np.ndarray:
    model, ids, mask = stock(model, row)
    return model(input_ids=ids[None], attention_mask=mask[None]).logits.T.detach().numpy()  # (P, 1)


def stock_spans(model: nn.Module, row: EncodedSplit) -> np.ndarray:
    model, ids, mask = stock(model, row)
    output = model(input_ids=ids, attention_mask=mask)
    both = torch.stack([output.start_logits, output.end_logits], dim=-1)
    return both[mask.bool()].detach().numpy()


def stock_vectors(model: nn.Module, row: EncodedSplit) -> np.ndarray:
    model, ids, mask = stock(model, row)
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return (
        torch.stack([state[keep.bool()].mean(dim=0) for state, keep in zip(states, mask, strict=True)]).detach().numpy()
    )


def stock_tokens(model: nn.Module, row: EncodedSplit) -> np.ndarray:
    model, ids, mask = stock(model, row)
    return model(input_ids=ids, attention_mask=mask).logits[mask.bool()].detach().numpy()


STOCK = {"choices": stock_choices, "spans": stock_spans, "vectors": stock_vectors, "tokens": stock_tokens}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("architecture", ["roberta", "bert", "distilbert"])
def test_rows_of_several_sequences_are_read_as_stock_reads_them(
    tiny_base: TinyBase, architecture: str, head: str
) -> None:
    model, rows = load(tiny_base(architecture), head, adapted=architecture == "bert"), make_rows([3, 1, 5, 2], None)
    rows = replace(rows, input_ids=[[min(i, 90) for i in ids] for ids in rows.input_ids])
    with torch.no_grad():
        expected = [STOCK[head](model, rows.pick([row])) for row in range(len(rows))]
        padded = predict_logits(model, rows, PAD)
        enable_packing(model)
        packed = predict_logits(model, rows, PAD)
    assert is_packed(model)
    for found in (padded, packed):
        assert [one.shape for one in found] == [one.shape for one in expected]
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-4)
    disable_packing(model)
    np.testing.assert_array_equal(predict_logits(model, rows, PAD)[0], padded[0])


class Choices:
    """Cross entropy over the sequences of a row."""

    sees, needs_whole_batch = "rows", False

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        return functional.cross_entropy(logits[..., 0].float(), labels, reduction="sum")

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(len(labels))


class Spans(Choices):
    """Cross entropy over the tokens of each sequence, for the first and the last of a passage."""

    sees = "tokens"

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        return functional.cross_entropy(logits.float(), labels, reduction="sum")


class Pairs(Choices):
    """In-batch negatives: the second sequence of each row among those of all rows."""

    needs_whole_batch = True

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        first, second = functional.normalize(logits[:, :2].float(), dim=-1).unbind(dim=1)
        return functional.cross_entropy(20 * first @ second.T, torch.arange(len(first)), reduction="sum")


COUNTS = [3, 1, 5, 2, 2, 4]
LABELS: dict[str, list[Any]] = {
    "choices": [2, 0, 4, 1, 0, 3],
    "spans": [[[place % 3, 2 - place % 2] for place in range(count)] for count in COUNTS],
    "vectors": [0] * 6,
}
LOSSES = {"choices": Choices(), "spans": Spans(), "vectors": Pairs()}


def data_of(head: str) -> TrainingData:
    counts = [2] * 6 if head == "vectors" else COUNTS
    rows = make_rows(counts, LABELS[head])
    return TrainingData(TextClassification(("no", "yes")), rows, rows, ["no"] * 6, PAD)  # type: ignore[arg-type]


def gradients(base: Path, head: str, *, packs: bool, max_tokens: int = 2048) -> tuple[float, dict[str, Tensor]]:
    model, data = load(base, head, adapted=True), data_of(head)
    trainer = Trainer(model, data, replace(PLAN, train_batch_size=6), ["classifier"], loss=LOSSES[head])
    trainer.passes.is_packed, trainer.passes.max_tokens = packs, max_tokens
    sums, weight = trainer._learn_from(trainer.passes.of(range(6)))
    assert weight == (17 if head == "spans" else 6)
    return float(sums), {name: tensor.grad.clone() for name, tensor in trainable_state(model).items()}


def stock_gradients(base: Path, head: str) -> tuple[float, dict[str, Tensor]]:
    """One row after the other, and the loss as stock transformers computes it where it has one."""
    model, rows = load(base, head, adapted=True), data_of(head).train
    losses, weights = [], []
    vectors = []
    for row in range(len(rows)):
        _, ids, mask = stock(model, rows.pick([row]))
        label = LABELS[head][row]
        if head == "choices":
            losses.append(model(input_ids=ids[None], attention_mask=mask[None], labels=torch.tensor([label])).loss)
            weights.append(1)
        elif head == "spans":
            starts, ends = torch.tensor(label).unbind(dim=1)
            output = model(input_ids=ids, attention_mask=mask)
            off = (1 - mask).bool()
            start, end = (side.masked_fill(off, -torch.inf) for side in (output.start_logits, output.end_logits))
            losses.append(functional.cross_entropy(start, starts) + functional.cross_entropy(end, ends))
            weights.append(len(label))
        else:
            states = model(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]
            vectors.append(functional.normalize(states.sum(dim=1) / mask.sum(dim=1, keepdim=True), dim=-1))
    if head == "vectors":
        first, second = torch.stack(vectors).unbind(dim=1)
        losses, weights = [functional.cross_entropy(20 * first @ second.T, torch.arange(6))], [6]
    total = torch.stack([loss * weight for loss, weight in zip(losses, weights, strict=True)]).sum()
    (total / sum(weights)).backward()
    return float(total.detach()), {name: tensor.grad.clone() for name, tensor in trainable_state(model).items()}


@pytest.mark.parametrize("head", LOSSES)
def test_a_step_over_whole_rows_has_the_gradient_of_stock(tiny_base: TinyBase, head: str) -> None:
    expected, stock_grad = stock_gradients(tiny_base("roberta"), head)
    limits = [2048] if head == "vectors" else [2048, 20]
    for packs in (True, False):
        for limit in limits:
            found, grad = gradients(tiny_base("roberta"), head, packs=packs, max_tokens=limit)
            assert found == pytest.approx(expected, rel=1e-5)
            assert grad.keys() == stock_grad.keys()
            for name, tensor in stock_grad.items():
                torch.testing.assert_close(grad[name], tensor, atol=2e-5, rtol=1e-3, msg=f"{name} {packs} {limit}")


@pytest.mark.parametrize("head", LOSSES)
def test_the_loss_of_validation_is_that_of_a_step_without_updates(
    tiny_base: TinyBase, head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, data = load(tiny_base("roberta"), head), data_of(head)
    monkeypatch.setattr("tunecard.training.validation.objective_of", lambda task: LOSSES[head])
    found = score_validation(model, data, "loss").loss
    step = passes.StepPasses(model, data, 6, objective=LOSSES[head])
    with torch.no_grad():
        sums = sum(
            LOSSES[head].loss_sum(each.logits(model, torch.device("cpu")), each.labels, None)
            for each in step.of(range(6))
        )
    assert found == pytest.approx(float(sums) / (17 if head == "spans" else 6), rel=1e-5)


def test_a_batch_that_is_compared_is_never_cut(tiny_base: TinyBase) -> None:
    model, data = load(tiny_base("roberta"), "vectors"), data_of("vectors")
    step = passes.StepPasses(model, data, 3, objective=LOSSES["vectors"])
    step.max_tokens = 4
    assert [len(each.labels) for each in step.of(range(6))] == [3, 3]

    def runs_out(made: Any) -> None:
        raise torch.OutOfMemoryError

    with pytest.raises(MachineError, match=r"a batch of 3 rows that the loss compares.*train_batch_size"):
        step.within_memory(range(6), runs_out, lambda: None)


def test_a_vector_of_packed_tokens_is_the_mean_of_its_own(tiny_base: TinyBase) -> None:
    model, rows = load(tiny_base("roberta"), "vectors"), make_rows([2, 1], None)
    assert outputs_of(model).is_pooled
    enable_packing(model)
    lines = rows.sequences.split
    with torch.no_grad():
        alone = [forward_packed(model, pack_rows(lines, [one], PAD))[0] for one in range(3)]
        together = forward_packed(model, batch := pack_rows(lines, [0, 1, 2], PAD))
    for place, one in enumerate(batch.rows):
        torch.testing.assert_close(together[place], alone[one], atol=1e-5, rtol=1e-4)
