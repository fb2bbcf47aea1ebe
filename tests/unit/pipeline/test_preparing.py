"""What is known before the first step: lengths of rows as they are, token ids as they will be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans

LIMIT = 24


def test_lengths_are_those_before_any_row_is_cut(tiny_base: Callable[[str], Path], tmp_path: Path) -> None:
    rows = [{"text": "good words " * (1 + row % 12), "label": ["no", "yes"][row % 2]} for row in range(24)]
    for split in ("train", "validation"):
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = {"base_model": str(tiny_base("roberta")), "data": {"source": str(tmp_path), "max_length": LIMIT}}
    prepared = prepare(Plans(check_recipe(recipe)))
    whole, read = prepared.lengths["train"], prepared.encoded["train"].lengths
    assert min(whole) < LIMIT == max(read) < max(whole)
    assert list(read) == [min(length, LIMIT) for length in whole]


def test_of_texts_that_are_read_apart_the_longest_counts(tiny_base: Callable[[str], Path], tmp_path: Path) -> None:
    choices = ["the cat", "the cat and the dog"]
    rows = [{"question": f"who {row}", "choices": choices, "label": row % 2} for row in range(24)]
    for split in ("train", "validation"):
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    prepared = prepare(Plans(check_recipe({"base_model": str(tiny_base("bert")), "data": {"source": str(tmp_path)}})))
    encoded = prepared.encoded["train"]
    assert encoded.pieces is not None
    assert list(prepared.lengths["train"]) == [max(pieces) for pieces in encoded.pieces]
    assert max(prepared.lengths["train"]) < min(encoded.lengths)
