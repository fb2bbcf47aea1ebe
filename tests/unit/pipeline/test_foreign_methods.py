"""Whatever stock PEFT can save for a classifier, our model of it gives stock PEFT's logits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foreign_adapters import as_saved_by_0_7_1, make_foreign, stock_logits, write_rows
from peft import IA3Config, LoraConfig, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig

from tunecard.data import DataPlan
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder
from tunecard.foreign.adapter import ForeignAdapter, read_foreign_adapter
from tunecard.foreign.labels import read_labelled
from tunecard.foreign.old_card import OldCard
from tunecard.pipeline.completing import Completion, load_foreign, prepare_foreign
from tunecard.pipeline.judging import compared_logits
from tunecard.tasks import task_named

TinyBase = Callable[[str], Path]
LORA: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"]}
CONFIGS = {
    "plain": lambda kind: LoraConfig(task_type=kind, **LORA),
    "bias all": lambda kind: LoraConfig(task_type=kind, bias="all", **LORA),
    "bias lora_only": lambda kind: LoraConfig(task_type=kind, bias="lora_only", **LORA),
    "rslora": lambda kind: LoraConfig(task_type=kind, use_rslora=True, **LORA),
    "dora": lambda kind: LoraConfig(task_type=kind, use_dora=True, **LORA),
    "patterns": lambda kind: LoraConfig(task_type=kind, rank_pattern={"value": 2}, alpha_pattern={"query": 3}, **LORA),
    "regex": lambda kind: LoraConfig(task_type=kind, r=4, target_modules=r".*layer\.1\..*(query|dense)"),
    "one layer": lambda kind: LoraConfig(task_type=kind, layers_to_transform=[1], **LORA),
    "ia3": lambda kind: IA3Config(task_type=kind, target_modules=["key", "value"], feedforward_modules=[]),
    "prompt tuning": lambda kind: PromptTuningConfig(task_type=kind, num_virtual_tokens=3),
    "p-tuning": lambda kind: PromptEncoderConfig(task_type=kind, num_virtual_tokens=3, encoder_hidden_size=16),
    "prefix tuning": lambda kind: PrefixTuningConfig(task_type=kind, num_virtual_tokens=3),
}


@pytest.mark.parametrize("kind", ["SEQ_CLS", "TOKEN_CLS"])
@pytest.mark.parametrize("name", list(CONFIGS))
def test_it_answers_as_stock_peft_does(tmp_path: Path, tiny_base: TinyBase, name: str, kind: str) -> None:
    base = tiny_base("roberta")
    folder = make_foreign(tmp_path / "adapter", base, CONFIGS[name](kind))
    rows, logits = answers(folder, base, write_rows(tmp_path / "data", kind, ("test",)), kind)
    expected = stock_logits(base, folder, kind, rows)
    for ours, stock in zip(logits, expected, strict=True):
        np.testing.assert_allclose(ours[-len(stock) :], stock.numpy()[-len(ours) :], atol=2e-4)
    assert np.ptp(np.concatenate([row.reshape(-1) for row in logits])) > 0.1  # else anything would agree


@pytest.mark.parametrize("bias", ["none", "all"])
def test_it_reads_what_peft_0_7_1_wrote(tmp_path: Path, tiny_base: TinyBase, bias: str) -> None:
    base = tiny_base("roberta")
    folder = make_foreign(tmp_path / "adapter", base, LoraConfig(task_type="TOKEN_CLS", bias=bias, **LORA))
    as_saved_by_0_7_1(folder, bias=bias, auto_mapping={"base_model_class": "X", "parent_library": "this.runs"})
    rows, logits = answers(folder, base, write_rows(tmp_path / "data", "TOKEN_CLS", ("test",)), "TOKEN_CLS")
    for ours, stock in zip(logits, stock_logits(base, folder, "TOKEN_CLS", rows), strict=True):
        np.testing.assert_allclose(ours, stock.numpy(), atol=2e-4)


def answers(folder: Path, base: Path, data: Path, kind: str) -> tuple[list[Any], list[np.ndarray]]:
    """The rows of the test split, and logits of the model that scores them."""
    labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"] if kind == "TOKEN_CLS" else ["news", "sport", "weather"]
    asked = Completion(folder, str(data), folder.parent / "out", base=str(base), labels=labels)
    adapter = read_foreign_adapter(folder, None)
    labelled = read_labelled(adapter, DataPlan(asked.data, needs_train=False), labels)
    prepared = prepare_foreign(asked, adapter, labelled, OldCard())
    model, _ = load_foreign(adapter, prepared)
    split = prepared.dataset.splits["test"]
    rows = split.inputs["tokens"] if kind == "TOKEN_CLS" else split.inputs["text"]
    return rows, compared_logits(model, prepared)


def test_names_for_an_adapter_that_gives_a_number_are_refused(tmp_path: Path) -> None:
    task = task_named("regression", ("label_0",))
    adapter = ForeignAdapter(RunFolder(tmp_path), task, "anna/tiny", None, config={}, tensors={}, width=1)
    with pytest.raises(
        AdapterError, match=r"the outputs of a regression head need no names. Got --labels score. Leave it out"
    ):
        read_labelled(adapter, DataPlan(str(tmp_path), needs_train=False), ["score"])
