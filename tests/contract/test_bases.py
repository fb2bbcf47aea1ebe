"""Every encoder of the installed transformers, under the head of each task: LoRA learns, and stock PEFT reloads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import PeftModel
from torch import Tensor
from transformers import AutoConfig, AutoModelForMaskedLM

import tiny_models
from tiny_encoders import tiny_config
from tunecard.adapters.adding import add_adapter, trainable_state
from tunecard.adapters.saving import save_adapter
from tunecard.encoders import load_encoder
from tunecard.encoders.locating import BaseFiles
from tunecard.encoders.packed_architectures import read_packed_architectures
from tunecard.errors import AdapterError
from tunecard.evidence.ledger import RunFolder
from tunecard.tasks import Task
from tunecard.tasks.registry import TASKS

LABELS = ("a", "b", "c")
ENDS = ("start", "end")
TEXTS = ["Marta Ruiz joined Siemens in Madrid", "The river Danube is long", "A man plays the guitar in the street ."]
LISTED = read_packed_architectures()
# Where a base has no class with a head of this kind, transformers says so; nothing is to be proven there.
HEADS = {task.auto_class: task for make in TASKS.values() for task in [make()]}
# Longformer finds its way by the three separators that its own tokenizer writes; of BigBird's head for questions PEFT
# saves the layer inside it a second time, and cannot load it.
LEFT_OUT = {
    ("longformer", "AutoModelForQuestionAnswering"),
    ("longformer", "AutoModelForMultipleChoice"),
    ("big_bird", "AutoModelForQuestionAnswering"),
}
CASES = [
    (one.name, head)
    for one in LISTED
    for head, task in HEADS.items()
    if not one.is_refused
    and (one.name, head) not in LEFT_OUT
    and tiny_config(one.name).__class__ in getattr(transformers, head)._model_mapping
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder for each base, made when it is first asked for."""
    tokenizer = tiny_models._TOKENIZERS["bert"]()

    @cache
    def folder(name: str) -> Path:
        made = tmp_path_factory.mktemp(name)
        torch.manual_seed(3)
        config = tiny_config(name, vocab_size=tiny_models.VOCABULARY, pad_token_id=tokenizer.pad_token_id)
        AutoModelForMaskedLM.from_config(config).save_pretrained(made)
        tokenizer.save_pretrained(made)
        return made

    return folder


def values(model: Any, inputs: Any) -> Tensor:
    """The first tensor that the model gives: logits, starts of answers or states, whatever its head is."""
    output = model(**inputs)
    return next(value for value in output.values() if isinstance(value, Tensor))


def rows_for(task: Task, tokenizer: Any) -> Any:
    inputs = dict(tokenizer(TEXTS, return_tensors="pt", padding=True))
    is_choice = "MultipleChoice" in task.auto_class
    return {name: tensor[None] for name, tensor in inputs.items()} if is_choice else inputs


@pytest.mark.parametrize(("name", "head"), CASES)
def test_lora_learns_and_stock_peft_reloads_it(name: str, head: str, folders: Any, tmp_path: Path) -> None:
    task, files = HEADS[head], BaseFiles(f"tiny/{name}", folders(name), None, is_local=True)
    encoder = load_encoder(files, head, ENDS if task.objective == "spans" else LABELS, task.problem_type, seed=1)
    model = add_adapter(encoder.model, tiny_models.lora_plan(encoder.new_modules, task.peft_task_type), seed=1)
    inputs = rows_for(task, encoder.tokenizer)
    before = values(model, inputs).detach()
    frozen = {key: tensor.clone() for key, tensor in model.named_parameters() if not tensor.requires_grad}
    learn(model, inputs)
    assert not torch.allclose(values(model.eval(), inputs), before, atol=1e-5)
    assert all(torch.equal(tensor, dict(model.named_parameters())[key]) for key, tensor in frozen.items())

    save_adapter(model, encoder.tokenizer, RunFolder(tmp_path), base_id=files.id, revision=None)
    place = tmp_path if (tmp_path / "config.json").is_file() else files.folder  # without a head the base's own holds
    config = AutoConfig.from_pretrained(place)
    stock = getattr(transformers, head).from_pretrained(files.folder, config=config)
    stock = PeftModel.from_pretrained(stock, tmp_path).eval()
    with torch.inference_mode():
        assert float((values(stock, inputs) - values(model, inputs)).abs().max()) <= 1e-5


def learn(model: Any, inputs: Any) -> None:
    """A few steps away from what it says now."""
    optimizer = torch.optim.SGD(trainable_state(model).values(), lr=0.5)
    for _ in range(5):
        said = values(model, inputs)
        # Pulled in many directions: a last norm keeps mean and length of what it gives.
        (said * torch.linspace(0.1, 1.5, said.numel()).view_as(said)).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()


@pytest.mark.parametrize("name", [one.name for one in LISTED if one.is_refused])
def test_a_base_without_linear_layers_is_refused(name: str, folders: Any) -> None:
    files = BaseFiles(f"tiny/{name}", folders(name), None, is_local=True)
    encoder = load_encoder(files, "AutoModelForSequenceClassification", LABELS, None, seed=1)
    with pytest.raises(AdapterError, match="no linear layers inside its blocks.*another base"):
        add_adapter(encoder.model, tiny_models.lora_plan(encoder.new_modules, "SEQ_CLS"), seed=1)
