"""Tokens added to a base: what may be one, where its row begins, and which of them a folder brings."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from tunecard.encoders import count_base, load_encoder, locate_base, outline_encoder
from tunecard.encoders.new_tokens import with_new_tokens, with_tokens_of
from tunecard.errors import AdapterError, RecipeError

TinyBase = Callable[[str], Path]
HEAD = ("AutoModelForSequenceClassification", ("a", "b", "c"), None)
NEW = ("<gene>", "IL-2")


@pytest.mark.parametrize("family", ["bert", "roberta", "xlm-roberta"])
def test_a_new_row_is_the_mean_of_what_the_token_was_read_as(tiny_base: TinyBase, family: str) -> None:
    base = locate_base(str(tiny_base(family)))
    plain = load_encoder(base, *HEAD, seed=0)
    grown = load_encoder(with_new_tokens(base, NEW), *HEAD, seed=0)
    before: Any = plain.model.get_input_embeddings()
    after: Any = grown.model.get_input_embeddings()
    stock = AutoTokenizer.from_pretrained(base.folder, add_prefix_space=True)
    ids = grown.tokenizer.convert_tokens_to_ids(list(NEW))
    assert ids == [len(plain.tokenizer), len(plain.tokenizer) + 1]
    for id, token in zip(ids, NEW, strict=True):
        pieces = stock.convert_tokens_to_ids(stock.tokenize(token))
        assert len(pieces) > 1 and torch.allclose(after.weight[id], before.weight[pieces].mean(0), atol=1e-6)
        assert id in grown.tokenizer(f"gene {token} gene").input_ids
    assert torch.equal(after.weight[: ids[0]], before.weight[: ids[0]])
    # By this config stock code loads the base; all but the table is as it was.
    assert grown.model.config.vocab_size == plain.model.config.vocab_size
    rest = dict(grown.model.named_parameters())
    assert all(
        torch.equal(rest[name], value) or value is before.weight for name, value in plain.model.named_parameters()
    )
    outline = outline_encoder(with_new_tokens(base, NEW), *HEAD)
    assert outline.model.get_input_embeddings().weight.shape == after.weight.shape
    assert count_base(outline, base) == count_base(plain, base)  # the base is as large as it was


def test_rows_that_a_base_has_to_spare_are_taken_first(tiny_base: TinyBase, tmp_path: Path) -> None:
    """As DeBERTa's: more rows than tokens."""
    base = locate_base(str(tiny_base("bert")))
    plain = load_encoder(base, *HEAD, seed=0)
    plain.model.resize_token_embeddings(len(plain.tokenizer) + 8)
    plain.model.save_pretrained(tmp_path)
    plain.tokenizer.save_pretrained(tmp_path)
    wide = locate_base(str(tmp_path))
    grown = load_encoder(with_new_tokens(wide, NEW), *HEAD, seed=0)
    table: Any = grown.model.get_input_embeddings()
    assert len(table.weight) == len(plain.tokenizer) + 8
    pieces = plain.tokenizer.convert_tokens_to_ids(plain.tokenizer.tokenize("IL-2"))
    assert torch.allclose(table.weight[len(plain.tokenizer) + 1], table.weight[pieces].mean(0), atol=1e-6)


def test_what_cannot_be_a_token_is_told_at_once(tiny_base: TinyBase) -> None:
    base = locate_base(str(tiny_base("bert")))
    with pytest.raises(RecipeError) as told:
        with_new_tokens(base, ["", "  ", " lead", "two\nlines", "gene", "[CLS]", "<x>", "<x>", "<X>", "a b"])
    said = str(told.value)
    assert said.count("adapter.new_tokens: ") == 8
    assert "must have letters or signs. Got ''." in said and "Got '  '." in said
    assert "must not begin or end with a blank, nor hold line breaks. Got ' lead'." in said
    assert (
        "'gene' is a token of this base already. Leave it out; adapter.trainable_token_indices: ['gene'] lets" in said
    )
    assert "each token must be named once. Got '<x>' twice." in said
    assert "Got '<X>' which this base reads as it reads '<x>'" in said  # the base knows no case
    assert with_new_tokens(base, []) is base


def test_tokens_of_a_folder_are_those_behind_the_bases(tiny_base: TinyBase, tmp_path: Path) -> None:
    base = locate_base(str(tiny_base("bert")))
    tokenizer = AutoTokenizer.from_pretrained(base.folder)
    tokenizer.add_tokens(list(NEW))
    tokenizer.save_pretrained(tmp_path)
    config = tmp_path / "adapter_config.json"
    config.write_text("{}")
    assert with_tokens_of(base, tmp_path) is base  # whoever has no rows for them cannot mean them
    config.write_text(json.dumps({"trainable_token_indices": [5]}))
    assert with_tokens_of(base, tmp_path) == replace(base, new_tokens=NEW)
    path = tmp_path / "tokenizer.json"
    path.write_text(path.read_text().replace(f'"id": {len(tokenizer) - 1}', f'"id": {len(tokenizer) + 4}'))
    with pytest.raises(AdapterError, match=r"must follow the base's \d+ without a gap"):
        with_tokens_of(base, tmp_path)
    path.write_text("{")
    assert with_tokens_of(base, tmp_path) is base
