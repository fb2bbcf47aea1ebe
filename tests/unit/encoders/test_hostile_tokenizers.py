"""Tokenizers that somebody else made: what opens files, breaks off a thread or fills the memory is refused by name."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunecard.encoders import locate_base
from tunecard.encoders.loading import load_tokenizer
from tunecard.errors import BaseModelError

TinyBase = Callable[[str], Path]


@pytest.fixture(params=["bert", "modernbert"])
def base(request: pytest.FixtureRequest, tmp_path: Path, tiny_base: TinyBase) -> Path:
    """A copy to damage: transformers builds one by its class, and the other as its file says."""
    return Path(shutil.copytree(tiny_base(request.param), tmp_path / "base"))


def change(base: Path, alter: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads((base / "tokenizer.json").read_text())
    alter(content)
    (base / "tokenizer.json").write_text(json.dumps(content))


def refusal(base: Path) -> str:
    with pytest.raises(BaseModelError) as caught:
        load_tokenizer(locate_base(str(base)))
    return str(caught.value)


@pytest.mark.parametrize("key", ["vocab", "merges"])
def test_words_stand_in_the_file_itself(base: Path, key: str) -> None:
    """The library would open the pipe, and wait for ever."""
    os.mkfifo(base.parent / "pipe")
    change(base, lambda content: content["model"].update({key: str(base.parent / "pipe")}))
    assert f"tokenizer.json must hold its {key} itself" in refusal(base)


@pytest.mark.parametrize("name", ["added_tokens.json", "special_tokens_map.json", "vocab.txt", "chat_template.jinja"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_no_file_that_may_be_opened_is_a_pipe_or_a_device(base: Path, name: str, kind: str) -> None:
    (base / name).unlink(missing_ok=True)
    os.mkfifo(base / name) if kind == "pipe" else (base / name).symlink_to("/dev/zero")
    assert f"{name}: it must be a file" in refusal(base)


def replacing(count: int, by: str, pattern: dict[str, str]) -> dict[str, Any]:
    steps = [{"type": "Replace", "pattern": pattern, "content": by}] * count
    return {"type": "Sequence", "normalizers": steps}


@pytest.mark.parametrize("pattern", [{"String": "e"}, {"Regex": "x*"}])
def test_a_letter_does_not_become_a_million(base: Path, pattern: dict[str, str]) -> None:
    change(base, lambda content: content.update(normalizer=replacing(12, "e" * 10, pattern)))
    assert "characters of one, and at most 10,000 are" in refusal(base)


def test_what_tokenizers_of_others_replace_is_no_fault(base: Path) -> None:
    change(base, lambda content: content.update(normalizer=replacing(3, '"', {"String": "``"})))
    assert load_tokenizer(locate_base(str(base)))


@pytest.mark.parametrize(
    "table",
    ["AAAA", "AAAAAA==", "!", 3, None, base64.b64encode((10**9).to_bytes(4, "little") + b"x" * 8).decode()],
)  # fmt: skip
def test_a_table_that_is_cut_is_refused_before_the_library_panics(base: Path, table: Any) -> None:
    normalizer = {"type": "Precompiled", "precompiled_charsmap": table}
    change(base, lambda content: content.update(normalizer=normalizer))
    assert "precompiled_charsmap that is cut or none" in refusal(base)


def test_a_table_that_leads_nowhere_is_found_by_the_first_word(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = Path(shutil.copytree(tiny_base("modernbert"), tmp_path / "base"))
    table = base64.b64encode((4).to_bytes(4, "little") + b"\xff\xff\xff\x7f").decode()
    normalizer = {"type": "Precompiled", "precompiled_charsmap": table}
    change(base, lambda content: content.update(normalizer=normalizer))
    assert "cannot be loaded: " in refusal(base)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": ["x"]}, {"model": 3}, {"truncation": 1e300}, {"padding": {"x": 1}}, {"padding": [None]},
        {"decoder": "x" * 100_000}, {"pre_tokenizer": {"type": ["x"]}}, {"added_tokens": [3]}, {"post_processor": True},
    ],
)  # fmt: skip
def test_a_file_that_makes_no_tokenizer_is_the_bases_fault(
    tmp_path: Path, tiny_base: TinyBase, changes: dict[str, Any]
) -> None:
    """The library's fault is an `Exception` of no kind."""
    base = Path(shutil.copytree(tiny_base("modernbert"), tmp_path / "base"))
    change(base, lambda content: content.update(changes))
    assert "base_model: the tokenizer of base cannot be loaded" in refusal(base)


@pytest.mark.parametrize(
    "text", ["[" * 500_000, "[" + "[]," * 5_000_000 + "[]]", "{", "[]", "3", '{"a": NaN', ""],
)  # fmt: skip
def test_a_file_that_is_no_json_is_refused(base: Path, text: str) -> None:
    (base / "tokenizer.json").write_text(text)
    assert "the tokenizer of base cannot be loaded" in refusal(base)


@pytest.mark.parametrize("name", ["tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "x.jinja"])
def test_files_beside_it_are_read_in_bounds(base: Path, name: str) -> None:
    (base / name).touch()
    os.truncate(base / name, 3 << 30)
    assert f"{name}: it has 3,221,225,472 bytes, and at most " in refusal(base)


def test_settings_with_millions_of_values_are_refused(base: Path) -> None:
    (base / "tokenizer_config.json").write_text("[" + "[]," * 3_000_000 + "[]]")
    assert "tokenizer_config.json: it holds more than 2,000,000 values" in refusal(base)
