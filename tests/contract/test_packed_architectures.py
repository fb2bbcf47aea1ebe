"""One list of what is packed, made here: packed and fused against stock padded PEFT, fp32, no dropout.

TUNECARD_WRITE_PACKED=1 writes the list anew from what is measured.
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
    AutoConfig,
    AutoModelForMultipleChoice,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
)

import tunecard.encoders
from tunecard.adapters.fused.fused_layers import fuse_layers
from tunecard.adapters.targets import choose_targets
from tunecard.adapters.wrapping import wrap_model
from tunecard.encoders.outputs import CHOICES, outputs_of
from tunecard.encoders.packed_architectures import LIST, Architecture, read_packed_architectures
from tunecard.encoders.packed_batch import pack
from tunecard.encoders.packed_forward import enable_packing, forward_packed, why_not_packed
from tunecard.kernels import library

TOLERANCE = 1e-5
PATH = Path(tunecard.encoders.__file__).with_name(LIST)
HIDDEN, VOCABULARY, POSITIONS, PAD = 64, 120, 64, 1  # heads of 16, as kernels take them
LENGTHS = (9, 23, 4, 9, 1, 17)
TASKS: dict[str, tuple[Any, str]] = {
    "multiple-choice": (AutoModelForMultipleChoice, "FEATURE_EXTRACTION"),
    "text-classification": (AutoModelForSequenceClassification, "SEQ_CLS"),
    "token-classification": (AutoModelForTokenClassification, "TOKEN_CLS"),
}
_BERT: dict[str, Any] = {
    "hidden_size": HIDDEN, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48,
    "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0, "initializer_range": 0.15,
}  # fmt: skip
_OFFSET = {**_BERT, "max_position_embeddings": POSITIONS + 2}
SHAPES: dict[str, dict[str, Any]] = {
    "bert": _BERT,
    "camembert": _OFFSET,
    "distilbert": {
        "dim": HIDDEN, "n_layers": 3, "n_heads": 4, "hidden_dim": 48, "max_position_embeddings": POSITIONS,
        "dropout": 0.0, "attention_dropout": 0.0, "seq_classif_dropout": 0.0, "initializer_range": 0.15,
    },
    "electra": {**_BERT, "embedding_size": 24, "summary_last_dropout": 0.0},
    "modernbert": {
        "hidden_size": HIDDEN, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 48,
        "max_position_embeddings": POSITIONS, "local_attention": 8, "global_attn_every_n_layers": 2,
        "initializer_range": 0.15, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3,
    },
    "roberta": _OFFSET,
    "xlm-roberta": _OFFSET,
    "deberta-v2": {**_BERT, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "mpnet": _OFFSET,
}  # fmt: skip
PADDED = ("deberta-v2", "mpnet")
PACKED = tuple(name for name in SHAPES if name not in PADDED)
ATTENTION = {"distilbert": ["q_lin", "k_lin", "v_lin"], "modernbert": ["Wqkv"]}
TARGETS = ("attention", "all-linear")


def build(name: str, task: str, **changed: Any) -> Any:
    torch.manual_seed(3)
    config = AutoConfig.for_model(
        name, **{**SHAPES[name], **changed}, vocab_size=VOCABULARY, pad_token_id=PAD, num_labels=3
    )
    model = TASKS[task][0].from_config(config)
    for parameter_name, parameter in model.named_parameters():
        if "bias" in parameter_name:  # stock biases start at 0, where a lost one would not be noticed
            torch.nn.init.normal_(parameter, std=0.1)
    return model


def adapted(name: str, task: str, targets: str) -> Any:
    """A model with random LoRA updates and nothing at 0, in training mode without dropout."""
    base = build(name, task)
    attention = ATTENTION.get(name, ["query", "key", "value"])
    # PEFT's own "all-linear" would take the head's layers too, which are trained whole.
    chosen = attention if targets == "attention" else list(choose_targets(base, "all-linear"))
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


def draw_rows() -> list[list[int]]:
    dice = torch.Generator().manual_seed(7)
    return [torch.randint(5, VOCABULARY, (length,), generator=dice).tolist() for length in LENGTHS]


def stock_answer(model: Any, rows: list[list[int]]) -> Tensor:
    """Logits by transformers' own forward on padded rows: (B, K), or those of all rows' tokens (sum of T, K)."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    if outputs_of(model) is CHOICES:  # the rows are the choices of one question
        logits: Tensor = model(input_ids=ids[None], attention_mask=mask[None]).logits.T
        return logits
    logits = model(input_ids=ids, attention_mask=mask).logits
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


@cache
def difference(name: str, task: str, targets: str) -> float:
    """The largest relative difference over logits and the gradient of every learned tensor."""
    stock = adapted(name, task, targets)
    fast = copy.deepcopy(stock)
    assert fuse_layers(fast) > 0
    enable_packing(fast)
    rows = draw_rows()
    expected, found = stock_answer(stock, rows), packed_answer(fast, rows)
    assert found.shape == expected.shape
    learned = {key: parameter for key, parameter in stock.named_parameters() if parameter.requires_grad}
    others = dict(fast.named_parameters())
    wanted = torch.autograd.grad(loss_of(expected), list(learned.values()))
    given = torch.autograd.grad(loss_of(found), [others[key] for key in learned])
    assert all(float(gradient.abs().max()) > 0 for gradient in wanted)
    return max(relative(found, expected), *map(relative, given, wanted))


def measure() -> dict[str, Any]:
    """The list as it is measured here: an architecture is packed for the tasks that pass with both sets of targets."""
    packed, padded = [], []
    for name in sorted(SHAPES):
        reason = why_not_packed(build(name, "text-classification"))
        if reason:
            padded.append({"name": name, "reason": reason})
            continue
        found = {task: max(difference(name, task, targets) for targets in TARGETS) for task in TASKS}
        passed = {task: value for task, value in found.items() if value <= TOLERANCE}
        bound = 10.0 ** math.ceil(math.log10(max([*passed.values(), 1e-9])))
        packed.append({"name": name, "tasks": sorted(passed), "difference": float(f"{bound:.0e}")})
    about = (
        "Made by tests/contract/test_packed_architectures.py: packed and fused against stock padded PEFT, tiny random "
        "shapes, fp32, no dropout, LoRA on attention and on all linear layers."
    )
    return {"about": about, "tolerance": TOLERANCE, "packed": packed, "padded": padded}


@pytest.fixture(scope="module", autouse=True)
def _write_if_asked() -> None:
    if os.environ.get("TUNECARD_WRITE_PACKED", "") not in ("", "0"):
        PATH.write_text(json.dumps(measure(), indent=1) + "\n")


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", PACKED)
def test_packed_and_fused_is_stock_padded_peft(name: str, task: str, targets: str) -> None:
    assert difference(name, task, targets) <= TOLERANCE


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["roberta", "distilbert", "modernbert"])
def test_without_kernels_too(name: str, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: library.Kernels(None, "left out by the test"))
    assert difference.__wrapped__(name, task, "all-linear") <= TOLERANCE


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_both_ways_in_which_modernbert_reads_a_text(pooling: str) -> None:
    stock = build("modernbert", "text-classification", classifier_pooling=pooling).eval()
    fast = copy.deepcopy(stock)
    enable_packing(fast)
    with torch.inference_mode():
        assert relative(packed_answer(fast, draw_rows()), stock_answer(stock, draw_rows())) <= TOLERANCE


@pytest.mark.parametrize("name", PADDED)
@pytest.mark.parametrize("task", TASKS)
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
    assert listed["tolerance"] == TOLERANCE
    for told, found in zip(listed["packed"], measured["packed"], strict=True):
        # Other processors sum in another order: the magnitude may be off by one, the tolerance above may not.
        assert found["difference"] / 10 <= told["difference"] * 1.01 <= found["difference"] * 10.2


def test_the_reader_gives_the_list() -> None:
    found = read_packed_architectures()
    assert sorted(architecture.name for architecture in found) == sorted(SHAPES)
    assert {architecture.name for architecture in found if architecture.is_packed} == set(PACKED)
    assert all(architecture.is_packed == (architecture.reason is None) for architecture in found)
    assert all(0 < architecture.difference <= TOLERANCE for architecture in found if architecture.difference)
