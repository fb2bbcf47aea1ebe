"""Weights are read one at a time into the type they are kept in: the same values as transformers reads, and never more."""

from __future__ import annotations

import json
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
)

from tiny_models import ARCHITECTURES
from tunecard.encoders import BaseFiles, load_encoder, outline_encoder, stored_weights
from tunecard.encoders.layer_prefix import encoder_blocks
from tunecard.encoders.loading import quiet_transformers
from tunecard.errors import BaseModelError

TEXT = "AutoModelForSequenceClassification"
TinyBase = Callable[[str], Path]


def load(folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    return load_encoder(BaseFiles("anna/tiny", folder, None, False), TEXT, ("a", "b", "c"), None, 7, dtype).model


def load_stock(folder: Path) -> Any:
    torch.manual_seed(7)
    with quiet_transformers():
        return AutoModelForSequenceClassification.from_pretrained(
            folder, config=AutoConfig.from_pretrained(folder, num_labels=3), dtype=torch.float32
        )


def in_shards(folder: Path, target: Path) -> Path:
    with quiet_transformers():
        AutoModelForMaskedLM.from_pretrained(folder).save_pretrained(target, max_shard_size="40KB")
    for path in folder.glob("*token*"):
        (target / path.name).write_bytes(path.read_bytes())
    assert len(list(target.glob("*.safetensors"))) > 2
    return target


def assert_equal(found: nn.Module, expected: nn.Module) -> None:
    mine, its = found.state_dict(), expected.state_dict()
    assert mine.keys() == its.keys()
    assert [name for name in mine if not torch.equal(mine[name], its[name])] == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_weights_and_the_drawn_head_are_those_of_transformers(tiny_base: TinyBase, architecture: str) -> None:
    assert_equal(load(tiny_base(architecture)), load_stock(tiny_base(architecture)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_in_bf16_linear_layers_of_blocks_are_rounded_and_nothing_else(tiny_base: TinyBase, architecture: str) -> None:
    model, exact = load(tiny_base(architecture), torch.bfloat16), load(tiny_base(architecture))
    layers = [module for module in encoder_blocks(model).modules() if isinstance(module, nn.Linear)]
    inside = {id(parameter) for layer in layers for parameter in layer.parameters()}
    assert inside
    expected = dict(exact.named_parameters())
    for name, parameter in model.named_parameters():
        assert parameter.dtype == (torch.bfloat16 if id(parameter) in inside else torch.float32), name
        assert torch.equal(parameter, expected[name].to(parameter.dtype)), name


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_base_in_several_files_is_the_same(tiny_base: TinyBase, tmp_path: Path, dtype: torch.dtype) -> None:
    assert_equal(load(in_shards(tiny_base("roberta"), tmp_path / "shards"), dtype), load(tiny_base("roberta"), dtype))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_no_two_weights_are_there_as_they_lie_in_the_file(
    tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    alive: list[weakref.ref[Tensor]] = []
    most = [0]
    real = stored_weights.safe_open

    class Watched:
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.stream = real(*arguments, **options)

        def __enter__(self) -> Any:
            self.stream.__enter__()
            return self

        def __exit__(self, *reason: Any) -> None:
            self.stream.__exit__(*reason)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.stream, name)

        def get_tensor(self, key: str) -> Tensor:
            found: Tensor = self.stream.get_tensor(key)
            alive.append(weakref.ref(found))
            most[0] = max(most[0], sum(tensor() is not None for tensor in alive))
            return found

    monkeypatch.setattr(stored_weights, "safe_open", Watched)
    model = load(tiny_base("bert"), dtype)
    assert len(alive) > 30 and most[0] == 1
    assert all(parameter.is_contiguous() for parameter in model.parameters())


def test_no_page_of_the_file_stays_mapped(tiny_base: TinyBase, tmp_path: Path) -> None:
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        pytest.skip("no /proc here")
    # A copy of its own: the shared folder may be held by another test of this process.
    folder = Path(shutil.copytree(tiny_base("electra"), tmp_path / "electra"))
    kept = load(folder)
    assert str(folder) not in maps.read_text()
    held = load_stock(folder)  # the way that is not taken
    assert str(folder) in maps.read_text()
    assert kept is not held


def test_an_outline_has_the_same_modules_and_reads_no_weight(
    tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = BaseFiles("anna/tiny", tiny_base("distilbert"), None, False)
    whole = load_encoder(files, TEXT, ("a", "b", "c"), None, 7)
    monkeypatch.delattr(stored_weights.StoredTensor, "read")
    outline = outline_encoder(files, TEXT, ("a", "b", "c"), None)
    assert outline.new_modules == whole.new_modules and outline.max_tokens == whole.max_tokens
    assert {tensor.device.type for tensor in outline.model.parameters()} == {"meta"}
    shapes = [(name, tensor.shape) for name, tensor in whole.model.named_parameters()]
    assert [(name, tensor.shape) for name, tensor in outline.model.named_parameters()] == shapes


def test_what_transformers_rebuilds_on_the_way_in_is_read_by_transformers(tiny_base: TinyBase, tmp_path: Path) -> None:
    if not hasattr(transformers, "NomicBertConfig"):
        pytest.skip("this transformers does not know NomicBERT")
    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 300}
    config = transformers.NomicBertConfig(**sizes, intermediate_size=64, pad_token_id=0, max_position_embeddings=32)
    with quiet_transformers():
        transformers.NomicBertForMaskedLM(config).save_pretrained(tmp_path)
    for path in tiny_base("bert").glob("*token*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert any("Wqkv" in key for key in load_file(tmp_path / "model.safetensors"))  # query, key and value in one
    exact = load_stock(tmp_path)
    assert_equal(load(tmp_path), exact)
    rounded = load(tmp_path, torch.bfloat16).state_dict()
    assert torch.bfloat16 in {tensor.dtype for tensor in rounded.values()}
    assert all(torch.equal(tensor, exact.state_dict()[name].to(tensor.dtype)) for name, tensor in rounded.items())


def test_a_stand_in_is_known_from_its_transposition_and_its_parts() -> None:
    tensor = stored_weights.StoredTensor(Path("none"), "key", stored_weights._stand_in([4, 4]))
    assert tensor.is_held_by(tensor.stand_in.detach())
    assert not any(tensor.is_held_by(other) for other in (tensor.stand_in.t(), tensor.stand_in[:2], torch.ones(4, 4)))


def test_what_cannot_be_packed_stays_in_fp32(tiny_base: TinyBase, tmp_path: Path) -> None:
    sizes: dict[str, Any] = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 300}
    with quiet_transformers():
        DebertaV2ForSequenceClassification(DebertaV2Config(**sizes, intermediate_size=8)).save_pretrained(tmp_path)
    for path in tiny_base("bert").glob("*token*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert {parameter.dtype for parameter in load(tmp_path, torch.bfloat16).parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("content", "told"),
    [({"metadata": {}}, "must have a weight_map"), ({"weight_map": {"a": "b"}}, "names 'b' as a file of weights")],
)
def test_a_damaged_index_is_told(tiny_base: TinyBase, tmp_path: Path, content: Any, told: str) -> None:
    folder = in_shards(tiny_base("roberta"), tmp_path / "shards")
    (folder / "model.safetensors.index.json").write_text(json.dumps(content))
    with pytest.raises(BaseModelError, match=f"^base_model: shards/model.safetensors.index.json: {told}"):
        load(folder)
