"""Bases that somebody else made: exactly what is hashed is loaded, and what cannot be meant is refused by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tunecard.encoders import locate_base, outline_encoder
from tunecard.encoders.identity import hash_weights, identify_base
from tunecard.encoders.loading import load_encoder
from tunecard.errors import BaseModelError

TinyBase = Callable[[str], Path]
INDEX = "model.safetensors.index.json"


@pytest.fixture
def base(tmp_path: Path, tiny_base: TinyBase) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(tiny_base("bert"), tmp_path / "base"))


def load(folder: Path) -> Any:
    return load_encoder(locate_base(str(folder)), "AutoModelForSequenceClassification", ("a", "b"), None, seed=0)


def refusal(folder: Path) -> str:
    with pytest.raises(BaseModelError) as caught:
        load(folder)
    return str(caught.value)


def shard(folder: Path, places: dict[str, list[str]] | None = None) -> dict[str, str]:
    """Two shards with an index in the place of the one file; the index as it was written."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    half = len(tensors) // 2
    files = {"one.safetensors": list(tensors)[:half], "two.safetensors": list(tensors)[half:]}
    for name, keys in files.items():
        save_file({key: tensors[key] for key in keys}, folder / name)
    index = {key: name for name, keys in files.items() for key in keys}
    (folder / INDEX).write_text(json.dumps({"weight_map": index}))
    return index


def change_index(folder: Path, index: dict[str, Any]) -> None:
    (folder / INDEX).write_text(json.dumps({"weight_map": index}))


def test_what_is_hashed_is_what_is_loaded(base: Path) -> None:
    before = load(base).model.state_dict()
    alone = hash_weights(base)
    shutil.copy(base / "model.safetensors", base / "optimizer.safetensors")
    assert hash_weights(base) == alone  # nobody loads the second file
    index = shard(base)
    sharded = hash_weights(base)
    after = load(base).model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before if "classifier" not in name)
    tensors = load_file(base / "two.safetensors")
    save_file({key: tensor + 1 for key, tensor in tensors.items()}, base / "three.safetensors")
    change_index(base, {key: "three.safetensors" if name == "two.safetensors" else name for key, name in index.items()})
    assert hash_weights(base) != sharded  # the index alone was changed, and with it what is loaded


@pytest.mark.parametrize(
    "name", ["../elsewhere.safetensors", "/etc/hostname", "sub/two.safetensors", "..", ".hidden.safetensors", "a\\b", "x.bin", 3],
)  # fmt: skip
def test_an_index_names_files_of_its_own_folder_only(base: Path, name: Any) -> None:
    index = shard(base)
    shutil.copy(base / "two.safetensors", base.parent / "elsewhere.safetensors")
    (base / "sub").mkdir()
    shutil.copy(base / "two.safetensors", base / "sub")
    change_index(base, {key: name if file == "two.safetensors" else file for key, file in index.items()})
    said = refusal(base)
    assert INDEX in said and ("in its own folder" in said or "weight_map" in said)
    with pytest.raises(BaseModelError):
        hash_weights(base)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "missing"])
def test_an_index_names_plain_files(base: Path, kind: str) -> None:
    shard(base)
    two = base / "two.safetensors"
    two.unlink()
    make = {"pipe": lambda: os.mkfifo(two), "folder": two.mkdir, "device": lambda: two.symlink_to("/dev/zero")}
    make.get(kind, lambda: None)()
    assert "base/two.safetensors: must be a file of weights" in refusal(base)


def test_a_link_to_a_plain_file_is_one_as_in_the_hubs_cache(base: Path) -> None:
    expected = hash_weights(base)
    (base / "model.safetensors").rename(base.parent / "blob")
    (base / "model.safetensors").symlink_to(base.parent / "blob")
    assert hash_weights(base) == expected
    assert load(base)


def test_a_shard_that_lacks_what_the_index_says_is_named(base: Path) -> None:
    index = shard(base)
    change_index(base, {**index, "encoder.layer.9.output": "two.safetensors"})
    assert "two.safetensors: must hold encoder.layer.9.output, as its index says" in refusal(base)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(base: Path, value: float) -> None:
    tensors = load_file(base / "model.safetensors")
    key = next(key for key in tensors if "layer.1" in key and key.endswith("query.weight"))
    tensors[key].view(-1)[3] = value
    save_file(tensors, base / "model.safetensors", {"format": "pt"})
    said = refusal(base)
    assert "holds values that are not finite in bert.encoder.layer.1.attention.self.query.weight." in said


def test_large_finite_weights_are_no_fault(base: Path) -> None:
    tensors = load_file(base / "model.safetensors")
    key = next(key for key in tensors if key.endswith("word_embeddings.weight"))
    tensors[key].fill_(3e38)  # their sum is infinite, and they are not
    save_file(tensors, base / "model.safetensors", {"format": "pt"})
    assert load(base)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hidden_size": 10**6, "intermediate_size": 10**7}, "config.json describes"),
        ({"vocab_size": 10**10}, "config.json describes"),
        ({"num_hidden_layers": 10**9}, "at most 1,000 layers"),
        ({"num_hidden_layers": [2]}, "base_model: base "),
        ({"hidden_size": "many"}, "base_model: base "),
        ({"hidden_act": ["gelu"]}, "base_model: base "),
        ({"model_type": ["bert"]}, "base_model: base "),
        ({"model_type": {}}, "base_model: base "),
        ({"id2label": ["a"]}, "base_model: base "),
    ],
)
def test_a_config_that_cannot_be_meant_is_refused_before_anything_is_allocated(
    base: Path, changes: dict[str, Any], words: str
) -> None:
    content = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(content | changes))
    with pytest.raises(BaseModelError, match=words):
        outline_encoder(locate_base(str(base)), "AutoModelForSequenceClassification", ("a", "b"), None)


@pytest.mark.parametrize("text", ["[" * 500_000, "[" + "[]," * 3_000_000 + "[]]", "{", "[]", "3", '{"a": NaN', ""])
def test_config_and_index_that_are_no_json_are_refused(base: Path, text: str) -> None:
    index = shard(base)
    (base / INDEX).write_text(text)
    assert INDEX in refusal(base)
    (base / INDEX).write_text(json.dumps({"weight_map": index}))
    (base / "config.json").write_text(text)
    assert "config.json of base" in refusal(base)


def test_a_base_card_that_unfolds_declares_nothing(base: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{c}: &{c} [{', '.join([f'*{b}'] * 10)}]" for b, c in zip("abcdefgh", "bcdefghi", strict=True)]
    (base / "README.md").write_text("---\nlicense: mit\nlanguage: *i\n" + "\n".join(lines) + "\n---\n")
    assert identify_base(locate_base(str(base))).license is None
    (base / "README.md").write_text("---\nlicense: mit\nlanguage: " + "[" * 5_000 + "\n---\n")
    assert identify_base(locate_base(str(base))).license is None


def test_a_header_of_ninety_megabytes_is_refused_unread(base: Path) -> None:
    """In a process that may not take more memory than it has after it has read the base before."""
    header = b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"x":' + b"[[[]]," * 15_000_000
    with (base / "model.safetensors").open("wb") as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
    script = (
        "import resource, sys; from pathlib import Path; from tunecard.encoders.weight_files import tensors_in\n"
        "from tunecard.errors import BaseModelError\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 20_000_000,) * 2)\n"
        "try: tensors_in(Path(sys.argv[1]))\n"
        "except BaseModelError as error: sys.exit(str(error))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", script, str(base / "model.safetensors")], capture_output=True, text=True, check=False
    )
    assert "its header has 90,000,058 bytes, and at most 4,000,000 are read" in asked.stderr
