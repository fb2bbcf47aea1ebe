"""Folders become a library: stacked where they can be, read again only when changed, let go of beyond the memory."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from tiny_adapters import CLASSES, TEXTS, make_adapter
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder
from tunecard.inference import load
from tunecard.inference.stack_loader import StackLoader
from tunecard.serving.opening import Opener
from tunecard.serving.shelf import Alone, Library

TinyBase = Callable[[str], Path]
TEXT, TOKENS = "text-classification", "token-classification"
ROOM = 10**9


@pytest.fixture
def base(tiny_base: TinyBase) -> Path:
    return tiny_base("bert")


@pytest.fixture
def folders(tmp_path: Path, base: Path) -> dict[str, Path]:
    kinds = {"news": (TEXT, 1), "mood": (TEXT, 2), "people": (TOKENS, 3)}
    return {name: make_adapter(tmp_path / name, base, task, seed=seed).path for name, (task, seed) in kinds.items()}


def opened(opener: Opener, folders: list[Path]) -> Library:
    library, faults = opener.open(folders)
    assert not faults
    return library


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in [key, *flat(value[key])]]
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, list) else [value]


def assert_right(library: Library, folders: dict[str, Path], base: Path) -> None:
    rows = [(name, text) for text in TEXTS for name in folders]
    answers = library.predict(rows)
    for name, folder in folders.items():
        alone = load(folder, base, "cpu").predict(list(TEXTS))
        mine = [answer for (other, _), answer in zip(rows, answers, strict=True) if other == name]
        assert flat(mine) == pytest.approx(flat(alone), abs=3e-5)


def counted_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    reads: list[str] = []
    for name in ("parts", "parts_again"):
        read = getattr(StackLoader, name)

        def counting(self: StackLoader, facts: Any, read: Any = read) -> Any:
            reads.append(facts.folder.path.name)
            return read(self, facts)

        monkeypatch.setattr(StackLoader, name, counting)
    return reads


def test_tasks_of_one_base_answer_together_as_each_does_alone(folders: dict[str, Path], base: Path) -> None:
    library = opened(Opener(str(base), "cpu", ROOM), list(folders.values()))
    assert_right(library, folders, base)
    models = {id(library.predictors[name].engine.model): library.predictors[name].engine.model for name in folders}
    assert len(models) == 2
    first, second = (model.base_model.embeddings.word_embeddings.weight for model in models.values())  # type: ignore[union-attr]
    assert first.data_ptr() == second.data_ptr()  # the base is in memory once


def test_beyond_the_memory_adapters_are_read_again_and_answer_the_same(
    folders: dict[str, Path], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = counted_reads(monkeypatch)
    library = opened(Opener(str(base), "cpu", 1), list(folders.values()))  # room for one
    assert reads == list(folders)
    assert_right(library, folders, base)
    assert len(reads) > len(folders)
    del reads[:]
    roomy = opened(Opener(str(base), "cpu", ROOM), list(folders.values()))
    assert_right(roomy, folders, base)
    assert reads == list(folders)


def test_only_folders_that_changed_are_read_again(
    folders: dict[str, Path], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, opener = counted_reads(monkeypatch), Opener(str(base), "cpu", ROOM)
    opened(opener, list(folders.values()))
    del reads[:]
    weights = RunFolder(folders["mood"]).adapter_weights
    save_file({key: -tensor for key, tensor in load_file(weights).items()}, weights)
    library = opened(opener, list(folders.values()))
    assert reads == ["mood"]
    assert_right(library, folders, base)


def test_an_adapter_that_changed_and_was_not_taken_in_yet_is_not_mixed_with_its_old_self(
    folders: dict[str, Path], base: Path
) -> None:
    library = opened(Opener(str(base), "cpu", 1), list(folders.values()))
    library.predict([("mood", "a"), ("people", "a")])  # news has gone from memory
    os.utime(RunFolder(folders["news"]).adapter_weights, ns=(1, 1))
    (answer,) = library.predict([("news", "a")])
    assert "error" in answer and "label" not in answer
    assert "error" not in library.predict([("mood", "a")])[0]


def test_what_cannot_be_read_any_more_is_told_and_goes_on_as_it_was(folders: dict[str, Path], base: Path) -> None:
    opener = Opener(str(base), "cpu", ROOM)
    before = opened(opener, list(folders.values())).predict([("news", TEXTS[0])])
    RunFolder(folders["news"]).adapter_config.write_text("{")
    library, faults = opener.open(list(folders.values()))
    assert len(faults) == 1 and "adapter_config.json" in str(faults[0])
    assert library.names == sorted(folders) and library.predict([("news", TEXTS[0])]) == before
    shutil.rmtree(folders["news"])
    library, faults = opener.open([folders["mood"], folders["people"]])
    assert not faults and library.names == ["mood", "people"]


def test_two_folders_of_one_name_are_refused(folders: dict[str, Path], base: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folders["news"], tmp_path / "more" / "news")
    library, faults = Opener(str(base), "cpu", ROOM).open([folders["news"], Path(copy)])
    assert library.names == ["news"] and "two folders are called news" in str(faults[0])


def test_what_shares_no_pass_stands_alone(folders: dict[str, Path], base: Path) -> None:
    run = RunFolder(folders["mood"])
    content = json.loads(run.adapter_config.read_text())
    run.adapter_config.write_text(json.dumps(content | {"use_dora": True}))
    tensors = load_file(run.adapter_weights)
    magnitudes = {
        f"{key.removesuffix('.lora_B.weight')}.lora_magnitude_vector": tensor.norm(dim=1) + 1
        for key, tensor in tensors.items()
        if key.endswith(".lora_B.weight")
    }
    save_file(tensors | magnitudes, run.adapter_weights)
    library = opened(Opener(str(base), "cpu", 1), list(folders.values()))
    assert isinstance(library.shelves["mood"], Alone) and not isinstance(library.shelves["news"], Alone)
    assert library.predictor("mood").labels == CLASSES
    assert library.predictor("mood").fault_of("") == "the text is empty."
    assert_right(library, folders, base)


def test_a_folder_that_is_no_adapter_is_told_by_its_own_fault(folders: dict[str, Path], base: Path) -> None:
    weights = RunFolder(folders["people"]).adapter_weights
    weights.write_bytes(weights.read_bytes()[:100])
    library, faults = Opener(str(base), "cpu", ROOM).open(list(folders.values()))
    assert library.names == ["mood", "news"] and len(faults) == 1
    assert isinstance(faults[0], AdapterError) and "adapter_model.safetensors" in str(faults[0])
