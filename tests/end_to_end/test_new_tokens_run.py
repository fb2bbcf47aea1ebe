"""Tokens added to a base's tokenizer, from a recipe to a folder that stock code loads, and back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from small_runs import token_recipe, token_rows, write_splits
from transformers import AutoTokenizer

import tunecard
from tunecard.card.examples import start_code
from tunecard.errors import AdapterError, RecipeError
from tunecard.evidence import RunFolder
from tunecard.evidence.adapter_file import read_header
from tunecard.inference.many_adapters import load_many
from tunecard.pipeline.completing import Completion, complete
from tunecard.pipeline.path import run
from tunecard.verification import verify

NEW = ["IL-2", "<gene>"]
SIZES = {"train": 24, "validation": 12, "test": 20}


def rows_of_genes(count: int, seed: int) -> list[dict[str, Any]]:
    rows = token_rows(count, seed)
    for number, row in enumerate(rows):
        row["tokens"] = [NEW[number % 2] if token == "group" else token for token in row["tokens"]]
    return rows


@pytest.fixture(scope="module")
def made(tiny_base: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    place = tmp_path_factory.mktemp("genes")
    data = write_splits(place / "data", rows_of_genes, SIZES)
    recipe = token_recipe(
        tiny_base("roberta"), data, adapter={"rank": 4, "new_tokens": NEW, "trainable_token_indices": ["in"]},
        training={"epochs": 1, "train_batch_size": 8, "seed": [0, 1], "precision": "fp32"},
    )  # fmt: skip
    return run(recipe, out=place / "run")


@pytest.mark.usefixtures("warm_processes")
def test_new_rows_are_in_the_adapter_and_stock_code_gives_them_room(
    made: RunFolder, tiny_base: Callable[[str], Path]
) -> None:
    base = AutoTokenizer.from_pretrained(tiny_base("roberta"))
    own = AutoTokenizer.from_pretrained(made.path)
    ids = own.convert_tokens_to_ids(NEW)
    assert ids == [len(base), len(base) + 1] and len(own) == len(base) + 2
    config, model_config = made.read_json(made.adapter_config), made.read_json(made.model_config)
    assert config["trainable_token_indices"] == sorted([base.convert_tokens_to_ids("in"), *ids])
    assert model_config["vocab_size"] == json.loads((tiny_base("roberta") / "config.json").read_text())["vocab_size"]
    (rows,) = [tensor for key, tensor in read_header(made.adapter_weights).items() if "trainable_tokens" in key]
    assert rows.shape == (3, 32)
    found = {finding.id: finding for finding in made.read_findings()}
    assert found["adapter.new_tokens"].value == NEW and found["adapter.new_tokens"].n == 2
    assert found["reload.max_logit_difference"].value < 1e-5  # in a fresh process, by the line that the code has
    assert "model.resize_token_embeddings(len(tokenizer))" in found["start.code"].value
    assert found["start.output"].value
    assert found["adapter.injects"].value is False
    card = made.card.read_text()
    said = r"Added to the base's tokenizer: \[2 tokens\]\(\S+\), `IL-2` and &lt;gene&gt;\. \[3 rows\]\(\S+\) of the word embeddings"
    assert re.search(said + " learned, those of new tokens whole, each begun as the mean of the pieces", card)


def test_the_folder_verifies_and_predicts(made: RunFolder, tiny_base: Callable[[str], Path]) -> None:
    base = str(tiny_base("roberta"))
    report = tunecard.verify(made.path, deep=True, base=base)
    assert report.ok, [check for check in report.checks if check.ok is False]
    predictor = tunecard.load(made.path, base)
    assert "IL-2" in predictor.engine.tokenizer.get_vocab()
    assert len(predictor.predict([["Ana", "likes", "IL-2"], ["the", "<gene>"]])) == 2
    with pytest.raises(AdapterError, match="adds tokens to the base's tokenizer"):
        load_many([made.path], base)


def test_a_record_without_the_tokens_is_no_proof(made: RunFolder, tmp_path: Path) -> None:
    """The code would fail without its line: whoever takes it out of the records is told."""
    findings = made.read_findings()
    assert start_code(findings) == findings.value("start.code")
    folder = Path(shutil.copytree(made.path, tmp_path / "copy"))
    path = folder / "evidence.json"
    path.write_text(path.read_text().replace('"adapter.new_tokens"', '"adapter.old_tokens"'))
    assert start_code(RunFolder(folder).read_findings()) is None


def test_what_stock_peft_made_with_added_tokens_is_completed(tiny_base: Callable[[str], Path], tmp_path: Path) -> None:
    """As it writes it by itself: with the whole table of embeddings, as the vocabulary has grown."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForTokenClassification

    base, place = tiny_base("roberta"), tmp_path / "stock"
    tokenizer = AutoTokenizer.from_pretrained(base, add_prefix_space=True)
    tokenizer.add_tokens(NEW)
    labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    config = AutoConfig.from_pretrained(
        base, id2label=dict(enumerate(labels)), label2id={t: n for n, t in enumerate(labels)}
    )
    torch.manual_seed(1)
    model = AutoModelForTokenClassification.from_pretrained(base, config=config)
    model.resize_token_embeddings(len(tokenizer))
    ids = tokenizer.convert_tokens_to_ids(NEW)
    lora = LoraConfig(r=4, target_modules=["query"], task_type="TOKEN_CLS", trainable_token_indices=ids)
    adapted = get_peft_model(model, lora)
    adapted.save_pretrained(str(place), save_embedding_layers=True)
    tokenizer.save_pretrained(place)
    data = write_splits(tmp_path / "data", rows_of_genes, SIZES)
    asked = Completion(adapter=place, data=str(data), base=str(base), labels=labels, out=tmp_path / "out")
    folder = complete(asked)
    found = {finding.id: finding for finding in folder.read_findings()}
    assert found["adapter.new_tokens"].value == NEW
    assert found["reload.max_logit_difference"].value < 1e-5
    assert (
        found["model.parameters"].value
        == sum(found[id].value for id in ("base_model.parameters", "model.head_parameters")) + 2 * 2 * 4 * 32
    )
    report = verify(folder.path)
    assert report.ok, [check for check in report.checks if check.ok is False]
    assert found["model.trainable_parameters"].value < 2_000  # the table did not learn
    weights = RunFolder(place).adapter_weights
    tensors = load_file(weights)
    (table,) = [key for key in tensors if key.endswith("token_adapter.base_layer.weight")]
    tensors[table][7] += 1e-3
    save_file(tensors, weights)
    with pytest.raises(AdapterError, match=r"must be the base's table of embeddings \(\d+, 32\), to its last bit"):
        complete(replace(asked, out=tmp_path / "again"))


@pytest.mark.parametrize(
    ("adapter", "told"),
    [
        ({"method": "ia3", "new_tokens": NEW}, r"adapter\.new_tokens must be empty with a method .* Got adapter\.method ia3"),
        ({"new_tokens": ["joined", "", "IL-2", "IL-2"]}, r"(?s)Got ''.*Got 'IL-2' twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_before_anything_is_trained(
    tiny_base: Callable[[str], Path], tmp_path: Path, adapter: dict[str, Any], told: str
) -> None:
    data = write_splits(tmp_path / "data", rows_of_genes, SIZES)
    with pytest.raises(RecipeError, match=told):
        run(token_recipe(tiny_base("roberta"), data, adapter=adapter), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
