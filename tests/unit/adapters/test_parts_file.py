"""An adapter that is read from its file alone is the one that PEFT would put on the base, and is held to as much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification

from tunecard.adapters import load_adapter
from tunecard.adapters.learned_parts import LearnedParts, read_learned_parts
from tunecard.adapters.parts_file import PartsFiles
from tunecard.encoders.borrowing import borrow_weights
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder


def base(labels: int = 3) -> BertForSequenceClassification:
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, vocab_size=20,
        num_labels=labels,
    )  # fmt: skip
    return BertForSequenceClassification(config).eval()


def save(folder: Path, labels: int = 3, **settings: Any) -> RunFolder:
    """An adapter as stock PEFT saves it, far from its start."""
    config = LoraConfig(task_type="SEQ_CLS", init_lora_weights=False, **({"r": 4} | settings))
    model = get_peft_model(base(labels), config)
    torch.manual_seed(1)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter)
    model.save_pretrained(folder)
    return RunFolder(folder)


def by_peft(folder: RunFolder, labels: int) -> LearnedParts:
    return read_learned_parts(load_adapter(base(labels), folder), "somewhere")


PLAIN: list[tuple[int, dict[str, Any]]] = [
    (3, {"target_modules": ["query", "value"]}),
    (7, {"target_modules": "all-linear", "r": 2, "lora_alpha": 5}),
    (2, {"target_modules": ["query", "output.dense"], "use_rslora": True, "r": 6, "lora_dropout": 0.1}),
    (3, {"target_modules": ["query"], "layers_to_transform": [1]}),
    (3, {"target_modules": r".*layer\.0\..*(key|dense)"}),
    (3, {"target_modules": ["query", "key"], "rank_pattern": {"key": 3}, "alpha_pattern": {"layer.1.*query": 16}}),
    (3, {"target_modules": ["query", "key", "value"], "exclude_modules": ["key"]}),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "settings"), PLAIN)
def test_it_is_to_the_bit_what_peft_puts_on_the_base(labels: int, settings: dict[str, Any], tmp_path: Path) -> None:
    folder = save(tmp_path, labels, **settings)
    files, expected = PartsFiles(base()), by_peft(folder, labels)
    assert files.read_again(folder, labels) is None  # nobody has looked at it
    assert_same(files.read(folder, labels), expected)
    assert_same(files.read_again(folder, labels), expected)


def assert_same(found: LearnedParts | None, expected: LearnedParts) -> None:
    assert found is not None and found.updates.keys() == expected.updates.keys() and found.updates
    for path, (a, b) in expected.updates.items():
        assert torch.equal(found.updates[path][0], a) and torch.equal(found.updates[path][1], b)
    assert found.heads.keys() == expected.heads.keys() == {"classifier"}
    mine, theirs = found.heads["classifier"].state_dict(), expected.heads["classifier"].state_dict()
    assert mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_one_reader_reads_adapters_of_all_ranks_heads_and_layers(tmp_path: Path) -> None:
    files = PartsFiles(base())
    for number, (labels, settings) in enumerate([*PLAIN, *PLAIN]):
        folder = save(tmp_path / str(number), labels, **settings)
        found, expected = files.read(folder, labels), by_peft(folder, labels)
        assert found is not None
        ranks = {path: len(a) for path, (a, _) in found.updates.items()}
        assert ranks == {path: len(a) for path, (a, _) in expected.updates.items()}


@pytest.mark.parametrize(
    "settings",
    [
        {"use_dora": True}, {"bias": "all"}, {"lora_bias": True}, {"trainable_token_indices": [1]},
        {"init_lora_weights": "pissa"}, {"layer_replication": [[0, 2], [0, 1]]},
    ],
)  # fmt: skip
def test_what_only_peft_knows_how_to_put_on_a_base_is_left_to_it(settings: dict[str, Any], tmp_path: Path) -> None:
    folder = save(tmp_path, target_modules=["query"])
    content = folder.read_json(folder.adapter_config) | settings
    folder.adapter_config.write_text(json.dumps(content))
    assert PartsFiles(base()).read(folder, 3) is None


def changed(folder: RunFolder, change: Any) -> None:
    tensors = load_file(folder.adapter_weights)
    change(tensors)
    save_file(tensors, folder.adapter_weights)


QUERY = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda tensors: tensors.pop(QUERY), "missing key .*query.lora_A.weight"),
        (lambda tensors: tensors.update(stranger=torch.zeros(1)), "unexpected key stranger"),
        (lambda tensors: tensors.update({QUERY: torch.zeros(5, 16)}), r"must have shape \(4, 16\)"),
        (lambda tensors: tensors[QUERY].fill_(float("nan")), "not finite"),
        (lambda tensors: tensors.pop("base_model.model.classifier.bias"), "missing key .*classifier.bias"),
    ],
)
def test_a_file_that_is_not_just_what_the_config_asks_for_is_refused(change: Any, told: str, tmp_path: Path) -> None:
    folder = save(tmp_path, target_modules=["query"])
    changed(folder, change)
    with pytest.raises(AdapterError, match=told):
        PartsFiles(base()).read(folder, 3)


def test_a_head_of_other_labels_and_whole_modules_in_blocks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"classifier.weight must have shape \(5, 16\)"):
        PartsFiles(base()).read(save(tmp_path / "3", target_modules=["query"]), 5)
    inside = save(tmp_path / "inside", target_modules=["query"], modules_to_save=["LayerNorm", "classifier"])
    with pytest.raises(AdapterError, match=r"must be a plain LoRA .*LayerNorm"):
        PartsFiles(base()).read(inside, 3)


def test_the_base_stays_as_it_is_whoever_is_read(tmp_path: Path) -> None:
    model = base()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    parts = PartsFiles(model).read(save(tmp_path, target_modules=["query"]), 3)
    assert parts is not None
    parts.heads["classifier"].weight.fill_(0)
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert borrow_weights(model, 3).bert.pooler.dense.weight is model.bert.pooler.dense.weight


@pytest.mark.parametrize("again", [False, True])
def test_it_takes_the_memory_that_it_tells_and_no_more(again: bool, tmp_path: Path) -> None:
    """A server lets go of adapters by what they tell: none may hold the block that its file was read into."""
    folder, files = save(tmp_path, target_modules="all-linear"), PartsFiles(base())
    parts = files.read(folder, 3)
    parts = files.read_again(folder, 3) if again else parts
    assert parts is not None and parts.heads
    tensors = [tensor for update in parts.updates.values() for tensor in update]
    tensors += [tensor for head in parts.heads.values() for tensor in head.parameters()]
    blocks = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    assert sum(blocks.values()) == parts.bytes


def test_what_was_known_of_other_files_is_forgotten(tmp_path: Path) -> None:
    """A folder that holds an adapter of another kind now must not be read by where the old one's tensors lay."""
    folder, files = save(tmp_path, target_modules=["query"]), PartsFiles(base())
    assert files.read(folder, 3) is not None and files.read_again(folder, 3) is not None
    content = json.loads(folder.adapter_config.read_text()) | {"init_lora_weights": "eva"}
    folder.adapter_config.write_text(json.dumps(content))
    assert files.read(folder, 3) is None and files.read_again(folder, 3) is None
