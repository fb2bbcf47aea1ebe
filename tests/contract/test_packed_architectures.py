"""One list of the encoders that transformers has, made here: which are packed, which padded and why, which are refused.

Packed and fused is compared with stock padded PEFT in fp32, without dropout; whatever is listed also trains and is
reloaded by stock PEFT (`test_bases.py`). TUNECARD_WRITE_PACKED=1 writes the list anew from what is measured.
"""

from __future__ import annotations

import copy
import json
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig
from torch import Tensor
from transformers import (
    AutoModel,
    AutoModelForMultipleChoice,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
)

import tunecard.encoders
from tiny_encoders import PAD, VOCABULARY, encoder_names, tiny_config
from tunecard.adapters.fused.fused_layers import fuse_layers
from tunecard.adapters.targets import choose_targets, layers_in_blocks
from tunecard.adapters.wrapping import wrap_model
from tunecard.encoders.outputs import CHOICES, SPANS, VECTORS, outputs_of
from tunecard.encoders.packed_architectures import LIST, Architecture, read_packed_architectures
from tunecard.encoders.packed_batch import pack
from tunecard.encoders.packed_forward import enable_packing, forward_packed, why_not_packed
from tunecard.kernels import library

TOLERANCE = 1e-5
PATH = Path(tunecard.encoders.__file__).with_name(LIST)
LENGTHS = (9, 23, 4, 9, 1, 17)
TASKS: dict[str, tuple[Any, str]] = {
    "multiple-choice": (AutoModelForMultipleChoice, "FEATURE_EXTRACTION"),
    "question-answering": (AutoModelForQuestionAnswering, "QUESTION_ANS"),
    "sentence-embedding": (AutoModel, "FEATURE_EXTRACTION"),
    "text-classification": (AutoModelForSequenceClassification, "SEQ_CLS"),
    "token-classification": (AutoModelForTokenClassification, "TOKEN_CLS"),
}
TARGETS = ("attention", "all-linear")
# The blocks are those of the other tasks, where each set of targets is tried; what is new is what is read of them.
NEW_ENDS = ("question-answering", "sentence-embedding")
OTHER_ANSWERS = "packed rows give other answers than padded ones"  # and the run-time gate finds the same
NO_LAYERS = "its blocks have no linear layers for an update"
NAMED = (
    "albert", "bert", "camembert", "deberta-v2", "distilbert", "electra", "eurobert", "modernbert", "mpnet", "roberta",
    "xlm-roberta",
)  # fmt: skip


def build(name: str, task: str, **changed: Any) -> Any:
    torch.manual_seed(3)
    labels = 2 if task == "question-answering" else 3
    model = TASKS[task][0].from_config(tiny_config(name, num_labels=labels, **changed))
    for parameter_name, parameter in model.named_parameters():
        if "bias" in parameter_name:  # stock biases start at 0, where a lost one would not be noticed
            torch.nn.init.normal_(parameter, std=0.1)
    return model


def adapted(name: str, task: str, targets: str) -> Any:
    """A model with random LoRA updates and nothing at 0, in training mode without dropout."""
    base = build(name, task)
    # PEFT's own "all-linear" would take the head's layers too, which are trained whole.
    chosen = [layer for layer in choose_targets(base, "all-linear") if targets == "all-linear" or "att" in layer]
    # PEFT knows the heads of two kinds of tasks by their names; of choices they are named.
    parts = {name: len(list(part.parameters())) for name, part in base.named_children()}
    heads = [name for name, learned in parts.items() if learned and name != base.base_model_prefix]
    saved = heads if task == "multiple-choice" else None
    config = LoraConfig(
        task_type=TASKS[task][1], r=4, lora_alpha=8, lora_dropout=0.0, target_modules=chosen, modules_to_save=saved
    )
    model = wrap_model(base, config)
    for parameter_name, parameter in model.named_parameters():
        if "lora_" in parameter_name:
            torch.nn.init.normal_(parameter, std=0.1)
    return model.train()


def tasks_of(name: str) -> list[str]:
    """The tasks for which transformers has a head on this base."""
    return [task for task, (auto, _) in TASKS.items() if type(tiny_config(name)) in auto._model_mapping]


def targets_of(task: str) -> tuple[str, ...]:
    return TARGETS[1:] if task in NEW_ENDS else TARGETS


def draw_rows() -> list[list[int]]:
    dice = torch.Generator().manual_seed(7)
    return [torch.randint(5, VOCABULARY, (length,), generator=dice).tolist() for length in LENGTHS]


def stock_answer(model: Any, rows: list[list[int]]) -> Tensor:
    """By transformers' own forward on padded rows: logits, starts and ends, or mean states; (B, K), or of all rows'
    tokens (sum of T, K)."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    if outputs_of(model) is CHOICES:  # the rows are the choices of one question
        logits: Tensor = model(input_ids=ids[None], attention_mask=mask[None]).logits.T
        return logits
    if outputs_of(model) is VECTORS:
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
        return torch.stack([states[row, : len(tokens)].mean(dim=0) for row, tokens in enumerate(rows)])
    output = model(input_ids=ids, attention_mask=mask)
    if outputs_of(model) is SPANS:
        return torch.stack([output.start_logits, output.end_logits], dim=-1)[mask.bool()]
    logits = output.logits
    return logits if logits.ndim == 2 else logits[mask.bool()]


def packed_answer(model: Any, rows: list[list[int]]) -> Tensor:
    batch = pack(rows, range(len(rows)))
    logits = forward_packed(model, batch)
    places = [batch.rows.index(row) for row in range(len(rows))]
    starts = batch.starts.tolist()
    if logits.shape[0] == len(rows):
        return logits[places]
    return torch.cat([logits[starts[place] : starts[place + 1]] for place in places])


def loss_of(logits: Tensor) -> Tensor:
    if logits.shape[1] == 1:  # over choices it would leave the bias of the head a gradient of nothing but rounding
        return torch.nn.functional.mse_loss(logits[:, 0], torch.arange(len(logits)).float())
    return torch.nn.functional.cross_entropy(logits, torch.arange(len(logits)) % logits.shape[1])


def relative(found: Tensor, expected: Tensor) -> float:
    return float(((found - expected).abs().max() / expected.abs().max()).detach())


Answers = list[Tensor]


def gradients(model: Any, logits: Tensor, names: list[str]) -> Answers:
    """The logits, and the gradient of each learned tensor."""
    parameters = dict(model.named_parameters())
    return [logits, *torch.autograd.grad(loss_of(logits), [parameters[name] for name in names])]


@cache
def difference(name: str, task: str, targets: str) -> float:
    """The largest relative difference over logits and the gradient of every learned tensor.

    Where it is beyond the tolerance, it is how far from stock PEFT in fp64 the packed path is beyond twice the distance
    of stock PEFT in fp32: gradients in which large terms cancel out are noise in either.
    """
    stock = adapted(name, task, targets)
    fast = copy.deepcopy(stock)
    assert fuse_layers(fast) > 0
    enable_packing(fast)
    rows = draw_rows()
    learned = [key for key, parameter in stock.named_parameters() if parameter.requires_grad]
    wanted = gradients(stock, stock_answer(stock, rows), learned)
    given = gradients(fast, packed_answer(fast, rows), learned)
    assert [each.shape for each in given] == [each.shape for each in wanted]
    assert all(bool(gradient.any()) for gradient in wanted)
    direct = max(map(relative, given, wanted))
    if direct <= TOLERANCE:
        return direct
    exact = copy.deepcopy(stock).double()
    truth = gradients(exact, stock_answer(exact, rows), learned)
    excess = [
        relative(found, true) - 2 * relative(own, true) for found, own, true in zip(given, wanted, truth, strict=True)
    ]
    return max(*excess, 1e-9)


@cache
def why_padded(name: str) -> str | None:
    model = build(name, "text-classification")
    if not layers_in_blocks(model):
        return NO_LAYERS
    if (reason := why_not_packed(model)) is not None:
        return reason
    is_equal = any(difference(name, task, "all-linear") <= TOLERANCE for task in tasks_of(name))
    return None if is_equal else OTHER_ANSWERS


@cache
def measure() -> dict[str, Any]:
    """The list as it is measured here: an architecture is packed for the tasks that pass with both sets of targets."""
    rows: dict[str, list[dict[str, Any]]] = {"packed": [], "padded": [], "refused": []}
    for name in encoder_names():
        reason = why_padded(name)
        if reason:
            rows["refused" if reason == NO_LAYERS else "padded"].append({"name": name, "reason": reason})
            continue
        found = {task: max(difference(name, task, targets) for targets in targets_of(task)) for task in tasks_of(name)}
        passed = {task: value for task, value in found.items() if value <= TOLERANCE}
        bound = 10.0 ** math.ceil(math.log10(max([*passed.values(), 1e-9])))
        rows["packed"].append({"name": name, "tasks": sorted(passed), "difference": float(f"{bound:.0e}")})
    about = (
        "Made by tests/contract/test_packed_architectures.py: every encoder of the installed transformers, packed and "
        "fused against stock padded PEFT, tiny random shapes, fp32, no dropout, LoRA on attention and on all linear layers."
    )
    return {"about": about, "tolerance": TOLERANCE, **rows}


@pytest.fixture(scope="module", autouse=True)
def _write_if_asked() -> None:
    if os.environ.get("TUNECARD_WRITE_PACKED", "") not in ("", "0"):
        PATH.write_text(json.dumps(measure(), indent=1) + "\n")


PACKED = [one.name for one in read_packed_architectures() if one.is_packed]


@pytest.mark.parametrize(
    ("name", "task", "targets"),
    [(name, task, targets) for name in PACKED for task in tasks_of(name) for targets in targets_of(task)],
)
def test_packed_and_fused_is_stock_padded_peft(name: str, task: str, targets: str) -> None:
    assert difference(name, task, targets) <= TOLERANCE


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["roberta", "distilbert", "modernbert"])
def test_without_kernels_too(name: str, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: library.Kernels(None, "left out by the test"))
    assert difference.__wrapped__(name, task, "all-linear") <= TOLERANCE


@pytest.mark.parametrize(
    ("name", "pooling"),
    [("modernbert", "cls"), ("modernbert", "mean"), ("eurobert", "bos"), ("eurobert", "mean"), ("eurobert", "late")],
)
def test_each_way_in_which_a_head_reads_a_text(name: str, pooling: str) -> None:
    stock = build(name, "text-classification", classifier_pooling=pooling).eval()
    fast = copy.deepcopy(stock)
    enable_packing(fast)
    with torch.inference_mode():
        assert relative(packed_answer(fast, draw_rows()), stock_answer(stock, draw_rows())) <= TOLERANCE


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["deberta-v2", "mpnet", "fnet"])
def test_what_cannot_be_packed_says_why(name: str, task: str) -> None:
    reason = why_not_packed(build(name, task))
    assert reason
    with pytest.raises(ValueError, match="position|AttentionInterface"):
        enable_packing(build(name, task))
    listed = {architecture.name: architecture for architecture in read_packed_architectures()}
    assert listed[name] == Architecture(name, reason=why_not_packed(build(name, "text-classification")))


def test_the_list_is_what_is_measured() -> None:
    measured, listed = measure(), json.loads(PATH.read_text())
    assert [(row["name"], row["tasks"]) for row in listed["packed"]] == [
        (row["name"], row["tasks"]) for row in measured["packed"]
    ]
    assert listed["padded"] == measured["padded"]
    assert listed["refused"] == measured["refused"]
    assert listed["tolerance"] == TOLERANCE
    for told, found in zip(listed["packed"], measured["packed"], strict=True):
        # Other processors sum in another order: the magnitude may be off by one, the tolerance above may not.
        assert found["difference"] / 10 <= told["difference"] * 1.01 <= found["difference"] * 10.2


def test_every_encoder_has_a_row() -> None:
    found = read_packed_architectures()
    assert sorted(architecture.name for architecture in found) == encoder_names()
    assert {one.name for one in found if not one.is_refused} >= set(NAMED)
    assert all(architecture.is_packed == (architecture.reason is None) for architecture in found)
    assert all(0 < architecture.difference <= TOLERANCE for architecture in found if architecture.difference)
