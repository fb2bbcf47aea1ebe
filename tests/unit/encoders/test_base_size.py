"""Parameters of a base by itself are those of the bare transformers model, without head; its pooler is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoModel

from tunecard.encoders import BaseFiles, count_base, locate_base, outline_encoder
from tunecard.encoders.base_size import COUNTED, LEFT_OUT, NEW, NONE

TinyBase = Callable[[str], Path]
TOKENS, TEXTS = "AutoModelForTokenClassification", "AutoModelForSequenceClassification"


def size_of(files: BaseFiles, auto_class: str, labels: tuple[str, ...] = ("a", "b", "c")):
    return count_base(outline_encoder(files, auto_class, labels, None), files)


def bare(folder: Path, *, pools: bool) -> int:
    """Parameters of the encoder alone, as transformers itself loads it."""
    model = AutoModel.from_pretrained(folder, add_pooling_layer=pools)
    return sum(parameter.numel() for parameter in model.parameters())


def with_pooler(base: Path, folder: Path) -> Path:
    """A copy of a base whose files hold a pooler of BERT's kind."""
    AutoModel.from_pretrained(base, add_pooling_layer=True).save_pretrained(folder)
    for path in base.iterdir():
        if not (folder / path.name).exists():
            (folder / path.name).write_bytes(path.read_bytes())
    assert any("pooler" in key for key in load_file(folder / "model.safetensors"))
    return folder


def without_pooler(base: Path, folder: Path) -> Path:
    folder.mkdir()
    for path in base.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    weights = folder / "model.safetensors"
    kept = {key: value for key, value in load_file(weights).items() if "pooler" not in key}
    save_file(kept, weights, metadata={"format": "pt"})
    return folder


def test_a_token_task_leaves_the_pooler_out_and_says_so(tiny_base: TinyBase, tmp_path: Path) -> None:
    folder = with_pooler(tiny_base("bert"), tmp_path / "pooled")
    size = size_of(locate_base(str(folder)), TOKENS)
    assert (size.base, size.pooler) == (bare(folder, pools=False), LEFT_OUT)
    width = AutoModel.from_pretrained(folder).config.hidden_size
    assert size.head == 3 * (width + 1)
    assert size.whole == size.base + size.head


def test_a_text_task_reads_the_pooler_of_the_files(tiny_base: TinyBase, tmp_path: Path) -> None:
    folder = with_pooler(tiny_base("bert"), tmp_path / "pooled")
    size = size_of(locate_base(str(folder)), TEXTS)
    assert (size.base, size.pooler) == (bare(folder, pools=True), COUNTED)


def test_a_pooler_that_the_files_lack_is_new_and_counts_with_the_head(tiny_base: TinyBase, tmp_path: Path) -> None:
    folder = without_pooler(tiny_base("bert"), tmp_path / "bare")
    size = size_of(locate_base(str(folder)), TEXTS)
    assert (size.base, size.pooler) == (bare(folder, pools=False), NEW)
    width = AutoModel.from_pretrained(folder, add_pooling_layer=False).config.hidden_size
    assert size.head == 3 * (width + 1) + width * (width + 1)
    assert size_of(locate_base(str(folder)), TOKENS).pooler == NONE


@pytest.mark.parametrize("labels", [("a", "b"), tuple("abcdefgh")])
def test_the_number_of_labels_changes_the_head_alone(tiny_base: TinyBase, tmp_path: Path, labels) -> None:
    files = locate_base(str(tiny_base("roberta")))
    few = size_of(files, TOKENS, ("a",))
    size = size_of(files, TOKENS, labels)
    assert size.base == few.base
    assert size.head > few.head
