"""`export`: others load what was made and get the adapter's answers; where answers would be others, nothing is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, pipeline

import tunecard
from tunecard.adapters.merging import merge_adapter
from tunecard.cli import main
from tunecard.errors import CheckFailed, RunFolderError
from tunecard.evidence import RunFolder
from tunecard.exporting import export_folder
from tunecard.exporting.merged_model import MergedModel

TEXTS = [("ab ba", "ba"), ("abc cab bca", "cab")]


@pytest.fixture
def places(tiny_base: Callable[[str], Path], pair_data: Path) -> dict[str, str]:
    return {"base": str(tiny_base("bert")), "data": str(pair_data)}


def stock(folder: RunFolder, base: str) -> torch.nn.Module:
    config = AutoConfig.from_pretrained(folder.path)
    model = AutoModelForSequenceClassification.from_pretrained(base, config=config)
    return PeftModel.from_pretrained(model, folder.path).eval()


def test_the_merged_model_is_read_without_peft_and_gives_the_same(
    pair_run: RunFolder, places: dict[str, str], tmp_path: Path
) -> None:
    found = tunecard.export(pair_run.path, tmp_path / "merged", **places)
    assert (found.compared.rows, found.compared.flips) == (24, 0) and found.compared.largest < 1e-4
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "merged").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "merged")
    inputs = tokenizer([list(pair) for pair in TEXTS], padding=True, return_tensors="pt")
    with torch.no_grad():
        ours, theirs = model(**inputs).logits, stock(pair_run, places["base"])(**inputs).logits
    assert torch.allclose(ours, theirs, atol=1e-5)
    (answer,) = pipeline("text-classification", str(tmp_path / "merged"))([{"text": "ab ba", "text_pair": "ba"}])
    assert answer["label"] == model.config.id2label[int(theirs[0].argmax())]
    card = (tmp_path / "merged/README.md").read_text()
    sha256 = tunecard.RunFolder(pair_run.path).source(pair_run.adapter_weights).sha256
    assert f"`{sha256}`" in card and "answers that became others: 0 " in card and "library_name: transformers" in card


def test_a_graph_takes_any_number_of_rows_and_tokens(
    pair_run: RunFolder, places: dict[str, str], tmp_path: Path
) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    found = tunecard.export(pair_run.path, tmp_path / "graph", "onnx", **places)
    assert (found.compared.rows, found.compared.flips) == (24, 0) and found.compared.largest < 1e-4
    session = runtime.InferenceSession(tmp_path / "graph/model.onnx", providers=["CPUExecutionProvider"])
    tokenizer, model = AutoTokenizer.from_pretrained(tmp_path / "graph"), stock(pair_run, places["base"])
    for rows in (TEXTS, TEXTS[:1]):
        inputs = tokenizer([list(pair) for pair in rows], padding=True, return_tensors="pt")
        (logits,) = session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})
        with torch.no_grad():
            assert torch.allclose(torch.from_numpy(logits), model(**inputs).logits, atol=1e-4)


def test_old_peft_finds_only_keys_that_it_knows(pair_run: RunFolder, places: dict[str, str], tmp_path: Path) -> None:
    tunecard.export(pair_run.path, tmp_path / "old", "peft-0.7.1", **places)
    made = json.loads((tmp_path / "old/adapter_config.json").read_text())
    assert "use_dora" not in made and "peft_version" not in made and made["r"] == 4 and made["target_modules"]
    assert (tmp_path / "old/adapter_model.safetensors").read_bytes() == pair_run.adapter_weights.read_bytes()


def read_as_servers_do(folder: Path, head: str) -> list[str]:
    """The labels in order, where a server finds all that it reads: text-embeddings-inference takes the kind of model and
    the labels from config.json, words from tokenizer.json alone, and weights by the names that transformers gives."""
    config = json.loads((folder / "config.json").read_text())
    assert config["architectures"][0].endswith(head) and isinstance(config["pad_token_id"], int)
    labels = [config["id2label"][str(number)] for number in range(len(config["id2label"]))]
    assert config["label2id"] == {label: number for number, label in enumerate(labels)}
    assert config["max_position_embeddings"] > 0 and "auto_map" not in config and "quantization_config" not in config
    with safe_open(folder / "model.safetensors", "pt") as weights:
        names = list(weights.keys())
        assert {weights.get_slice(name).get_dtype() for name in names} <= {"F32", "I64"}
        assert all(name.split(".")[0] in (config["model_type"], "classifier") for name in names)
        (output,) = [name for name in names if name.endswith(("classifier.weight", "out_proj.weight"))]
        assert weights.get_slice(output).get_shape()[0] == len(labels)
    text = "Marta Ruiz left"
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids
    assert ids == AutoTokenizer.from_pretrained(folder)(text)["input_ids"]
    others = {"modules.json", "1_Pooling", "adapter_config.json", "adapter_model.safetensors"}
    assert not others & {path.name for path in folder.iterdir()}, "it would be taken for a model of another kind"
    assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".pt", ".pkl", ".py")]
    return labels


def test_other_servers_find_all_that_they_read_and_a_pipeline_gives_the_right_labels(
    token_run: RunFolder, pair_run: RunFolder, places: dict[str, str], token_data: Path, tiny_base: Callable[[str], Path],
    tmp_path: Path,
) -> None:  # fmt: skip
    tunecard.export(pair_run.path, tmp_path / "pairs", **places)
    assert read_as_servers_do(tmp_path / "pairs", "ForSequenceClassification") == list(
        tunecard.load(pair_run.path, places["base"]).labels
    )
    base = str(tiny_base("roberta"))
    tunecard.export(token_run.path, tmp_path / "names", data=str(token_data), base=base)
    predictor = tunecard.load(token_run.path, base)
    assert read_as_servers_do(tmp_path / "names", "ForTokenClassification") == list(predictor.labels)
    stock = pipeline("token-classification", str(tmp_path / "names"))
    for text in ("Marta Ruiz left the group in New York", "Li Wei saw the group in Tokyo"):
        found = stock(text)
        first = {one["start"]: one["entity"] for one in found}  # the first piece of a word decides, as it was trained
        words = text.split(" ")
        starts = [sum(len(word) + 1 for word in words[:place]) for place in range(len(words))]
        (own,) = predictor.predict([words])
        told = [next((first[at] for at in (start, start - 1) if at in first), "O") for start in starts]
        assert told == own["tags"]


class Spoilt(MergedModel):
    """Merges, and turns the answers round."""

    def write(self, model: torch.nn.Module, opened: object, target: Path) -> None:
        merged = merge_adapter(model).model
        merged.classifier.weight.neg_()
        merged.classifier.bias.neg_()
        merged.save_pretrained(target)


def test_other_answers_leave_no_folder(pair_run: RunFolder, places: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="24 of 24 rows of test get other answers as safetensors"):
        export_folder(pair_run.path, tmp_path / "out", Spoilt(), **places)
    assert not list(tmp_path.iterdir())


def test_what_is_there_stays_and_the_command_says_what_to_type(
    pair_run: RunFolder, places: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="is there already"):
        tunecard.export(pair_run.path, tmp_path, **places)
    line = ["export", str(pair_run.path), str(tmp_path / "x"), "--format", "onx"]
    assert main(line) == 2 and "Did you mean 'onnx'" in capsys.readouterr().err
    line = ["export", str(pair_run.path), str(tmp_path / "x"), "--data", places["data"], "--base", places["base"]]
    assert main([*line, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 24 and told["flips"] == 0 and told["format"] == "safetensors"
    assert set(told) == {"format", "path", "rows", "largest_logit_difference", "flips"}
