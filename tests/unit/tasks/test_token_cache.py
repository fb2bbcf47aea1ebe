"""Encoding once: what is reused or read again is what `task.encode` gives, and whatever could change it is noticed."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from transformers import PreTrainedTokenizerBase

from tiny_models import CORPUS
from tunecard.cache_folder import cache_folder
from tunecard.encoders import BaseFiles, load_tokenizer
from tunecard.errors import MachineError
from tunecard.inference import token_cache
from tunecard.inference.token_cache import TokenCache, encode_split
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.tasks.text_classification import TextClassification
from tunecard.tasks.token_classification import TokenClassification

WORDS = sorted({word for text in CORPUS for word in text.split()})
ROWS = 24
NO_TRUNCATION = 10**6
TEXT, TOKENS = TextClassification(("no", "yes")), TokenClassification(("O", "B-X", "I-X"))
GetTokenizer = Callable[[str], PreTrainedTokenizerBase]


@pytest.fixture
def tokenizer(tiny_base: Callable[[str], Path]) -> GetTokenizer:
    return lambda architecture: load_tokenizer(BaseFiles("anna/tiny", tiny_base(architecture), None, False))


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lengths that a task was asked to encode at; every split counts as large."""
    monkeypatch.setattr(token_cache, "WORTHWHILE_ROWS", 2)
    asked: list[int] = []
    for kind in (TextClassification, TokenClassification):
        monkeypatch.setattr(kind, "encode", _counted(kind.encode, asked))
    return asked


def _counted(stock: Any, asked: list[int]) -> Any:
    def encode(self: Any, tokenizer: Any, inputs: Any, labels: Any, max_length: int) -> Any:
        asked.append(max_length)
        return stock(self, tokenizer, inputs, labels, max_length)

    return encode


def make_split(task: Task, *, kind: str = "text", rows: int = ROWS, labelled: bool = True) -> Split:
    dice = random.Random(5)
    words = [[dice.choice(WORDS) for _ in range(dice.randint(1, 9))] for _ in range(rows)]
    texts = [" ".join(row) for row in words]
    if task.name == "token-classification":
        inputs: dict[str, list[Any]] = {"tokens": words}
        labels: list[Any] = [[dice.choice(task.labels) for _ in row] for row in words]
    else:
        inputs = {"text": texts} if kind == "text" else {"text": texts, "text_pair": texts[::-1]}
        labels = [dice.choice(task.labels) for _ in words]
    return Split("train", list(range(rows)), inputs, labels if labelled else [None] * rows, {}, "given", {})


CASES = [(TEXT, "text"), (TEXT, "pair"), (TOKENS, "text")]


@pytest.mark.parametrize(("task", "kind"), CASES)
@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_where_no_row_is_longer_the_uncut_encoding_is_the_cut_one(
    tokenizer: GetTokenizer, tmp_path: Path, task: Task, kind: str, architecture: str
) -> None:
    own, split = tokenizer(architecture), make_split(task, kind=kind)
    whole = encode_split(task, own, split, NO_TRUNCATION)
    cache = TokenCache(task, own, folder=tmp_path)
    longest = max(whole.lengths)
    assert cache.cut(whole, split, longest) is whole
    assert encode_split(task, own, split, longest) == whole
    cut = cache.cut(whole, split, longest - 1)
    assert cut == encode_split(task, own, split, longest - 1) != whole
    assert any(cut.is_truncated)


@pytest.mark.parametrize(("task", "kind"), CASES)
@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("max_length", [NO_TRUNCATION, 9])
def test_what_is_read_again_is_what_was_encoded(
    tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int], task: Task, kind: str, labelled: bool, max_length: int
) -> None:
    own, split = tokenizer("bert"), make_split(task, kind=kind, labelled=labelled)
    first = TokenCache(task, own, folder=tmp_path).encode(split, max_length)
    again = TokenCache(task, tokenizer("bert"), folder=tmp_path).encode(split, max_length)
    assert encodes == [max_length]
    assert again == first
    assert again is not first
    assert type(again.input_ids[0][0]) is int and type(again.is_truncated[0]) is bool


def test_labels_that_are_numbers_keep_every_digit(tmp_path: Path) -> None:
    encoded = EncodedSplit([[1], [2, 3]], None, [-1.25e-7, 1 / 3], [False] * 2, lost_words=[0, 0])
    token_cache._write(tmp_path / "key.safetensors", "key", encoded)
    assert token_cache._read(tmp_path / "key.safetensors", "key", 2) == encoded


def test_type_ids_are_absent_where_the_model_takes_none(
    tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int]
) -> None:
    own, split = tokenizer("roberta"), make_split(TEXT)
    pair = [TokenCache(TEXT, own, folder=tmp_path).encode(split, 16) for _ in range(2)]
    assert pair[0] == pair[1]
    assert pair[1].type_ids is None
    assert len(encodes) == 1


def _changed(split: Split, column: str, value: Any) -> Split:
    return replace(split, inputs={**split.inputs, column: [value, *split.inputs[column][1:]]})


def test_whatever_decides_the_numbers_is_part_of_the_key(
    tokenizer: GetTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tokenizer("bert")
    texts, words = make_split(TEXT), make_split(TOKENS)
    other_vocabulary = tokenizer("bert")
    other_vocabulary.add_tokens(["interleukin"])
    other_side = tokenizer("bert")
    other_side.truncation_side = "left"
    other_inputs = tokenizer("bert")
    other_inputs.model_input_names = ["input_ids"]
    keys = {
        "as it is": TokenCache(TEXT, own).key(texts, 16),
        "length": TokenCache(TEXT, own).key(texts, 17),
        "text": TokenCache(TEXT, own).key(_changed(texts, "text", "other"), 16),
        "pair": TokenCache(TEXT, own).key(make_split(TEXT, kind="pair"), 16),
        "label": TokenCache(TEXT, own).key(replace(texts, labels=[None, *texts.labels[1:]]), 16),
        "order of labels": TokenCache(TextClassification(("yes", "no")), own).key(texts, 16),
        "name of the task": TokenCache(replace(TEXT, name="other"), own).key(texts, 16),
        "words": TokenCache(TOKENS, own).key(words, 16),
        "a word": TokenCache(TOKENS, own).key(_changed(words, "tokens", ["other"]), 16),
        "vocabulary": TokenCache(TEXT, other_vocabulary).key(texts, 16),
        "side of the cut": TokenCache(TEXT, other_side).key(texts, 16),
        "inputs": TokenCache(TEXT, other_inputs).key(texts, 16),
        "tokenizer": TokenCache(TEXT, tokenizer("roberta")).key(texts, 16),
    }
    for name in ("tokenizers", "transformers"):
        with monkeypatch.context() as patch:
            patch.setattr(getattr(token_cache, name), "__version__", "0.0")
            keys[f"version of {name}"] = TokenCache(TEXT, own).key(texts, 16)
    for number in (0, 1):  # the task's module, the encoding module
        sources = iter("changed" if place == number else "same" for place in range(2))
        with monkeypatch.context() as patch:
            patch.setattr(token_cache.inspect, "getsource", lambda module, sources=sources: next(sources))
            keys[f"source {number}"] = TokenCache(TEXT, own).key(texts, 16)
    assert len(set(keys.values())) == len(keys)
    assert None not in keys.values()


def test_what_the_tokenizer_did_before_is_no_part_of_the_key(tokenizer: GetTokenizer) -> None:
    own, split = tokenizer("bert"), make_split(TEXT)
    before = TokenCache(TEXT, own).key(split, 16)
    own(["marta"] * 2, truncation=True, max_length=5, padding="max_length")
    own.model_max_length = 7
    assert TokenCache(TEXT, own).key(split, 16) == before


def test_a_changed_row_is_encoded_anew(tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int]) -> None:
    cache, split = TokenCache(TEXT, tokenizer("bert"), folder=tmp_path), make_split(TEXT)
    other = _changed(split, "text", "tokyo tokyo")
    encoded = [cache.encode(one, NO_TRUNCATION) for one in (split, other, split, other)]
    assert len(encodes) == 2
    assert encoded[1] == encoded[3] != encoded[0]


def test_small_splits_and_code_without_sources_are_not_cached(
    tokenizer: GetTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = make_split(TEXT)
    TokenCache(TEXT, tokenizer("bert"), folder=tmp_path / "small").encode(split, 16)
    assert token_cache.WORTHWHILE_ROWS == 2000
    monkeypatch.setattr(token_cache, "WORTHWHILE_ROWS", ROWS)

    def fail(module: Any) -> str:
        raise OSError("could not get source code")

    with monkeypatch.context() as patch:
        patch.setattr(token_cache.inspect, "getsource", fail)
        TokenCache(TEXT, tokenizer("bert"), folder=tmp_path / "small").encode(split, 16)
    assert not (tmp_path / "small").exists()
    TokenCache(TEXT, tokenizer("bert"), folder=tmp_path / "small").encode(split, 16)
    assert len(list((tmp_path / "small").iterdir())) == 1


def _cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def _write_with_own_checksum(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with safe_open(path, framework="np") as stream:
        about = stream.metadata()
    arrays = load_file(path)
    change(arrays)
    save_file(arrays, path, metadata={**about, "sha256": token_cache._checksum(arrays)})


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": lambda path: path.write_bytes(b""),  # type: ignore[dict-item, return-value]
    "cut": _cut_in_half,
    "flipped": _flip_last_byte,
    "text": lambda path: path.write_text("no tensors"),  # type: ignore[dict-item, return-value]
    "an array is missing": lambda path: _write_with_own_checksum(path, lambda arrays: arrays.pop("lost_words")),
    "fewer offsets": lambda path: _write_with_own_checksum(
        path, lambda arrays: arrays.update({"ids.offsets": arrays["ids.offsets"][:-1]})
    ),
    "offsets that fall": lambda path: _write_with_own_checksum(path, lambda arrays: _fall(arrays["ids.offsets"])),
    "labels of other rows": lambda path: _write_with_own_checksum(
        path, lambda arrays: arrays.update({"labels.offsets": arrays["word_starts.offsets"] * 0})
    ),
}


def _fall(offsets: Any) -> None:
    offsets[1], offsets[2] = offsets[2], offsets[1]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_made_anew(tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int], damage: str) -> None:
    cache, split = TokenCache(TOKENS, tokenizer("bert"), folder=tmp_path), make_split(TOKENS)
    first = cache.encode(split, NO_TRUNCATION)
    (path,) = tmp_path.iterdir()
    DAMAGES[damage](path)
    assert cache.encode(split, NO_TRUNCATION) == first
    assert len(encodes) == 2
    assert cache.encode(split, NO_TRUNCATION) == first
    assert len(encodes) == 2


def test_a_file_under_another_key_is_refused(tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int]) -> None:
    cache, split = TokenCache(TEXT, tokenizer("bert"), folder=tmp_path), make_split(TEXT)
    cache.encode(split, NO_TRUNCATION)
    (path,) = tmp_path.iterdir()
    path.rename(tmp_path / f"{cache.key(split, 9)}.safetensors")
    assert max(cache.encode(split, 9).lengths) == 9
    assert encodes == [NO_TRUNCATION, 9]


def test_a_folder_that_cannot_be_written_is_no_error(
    tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    split = make_split(TEXT)
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    first = TokenCache(TEXT, tokenizer("bert"), folder=blocked / "tokens").encode(split, NO_TRUNCATION)

    def refuse(path: Path, content: bytes) -> None:
        raise MachineError("cannot be written (Read-only file system).")

    monkeypatch.setattr(token_cache, "write_bytes", refuse)
    assert TokenCache(TEXT, tokenizer("bert"), folder=tmp_path).encode(split, NO_TRUNCATION) == first
    assert len(encodes) == 2


def test_the_least_recently_used_files_go_first(tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int]) -> None:
    own, split = tokenizer("bert"), make_split(TEXT)
    roomy = TokenCache(TEXT, own, folder=tmp_path)
    paths = {}
    for age, length in enumerate((9, 10, 11)):
        roomy.encode(split, length)
        paths[length] = tmp_path / f"{roomy.key(split, length)}.safetensors"
        os.utime(paths[length], (1000 + age, 1000 + age))
    roomy.encode(split, 9)  # used: now the youngest
    limit = sum(path.stat().st_size for path in paths.values())
    TokenCache(TEXT, own, folder=tmp_path, limit_bytes=limit).encode(split, 8)
    assert [length for length, path in paths.items() if path.exists()] == [9, 11]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= limit
    assert token_cache.LIMIT_BYTES == 2 * 1024**3


def test_no_text_is_stored(tokenizer: GetTokenizer, tmp_path: Path, encodes: list[int]) -> None:
    TokenCache(TEXT, tokenizer("bert"), folder=tmp_path).encode(make_split(TEXT), NO_TRUNCATION)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes().lower()
    assert not [word for word in WORDS if len(word) > 4 and word.lower().encode() in content]


def test_where_files_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("TUNECARD_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder("tokens") == tmp_path / ".cache" / "tunecard" / "tokens"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder("tokens") == tmp_path / "xdg" / "tunecard" / "tokens"
    monkeypatch.setenv("TUNECARD_CACHE", str(tmp_path / "own"))
    assert cache_folder("tokens") == tmp_path / "own" / "tokens"
