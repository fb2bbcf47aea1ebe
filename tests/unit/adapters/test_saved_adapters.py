"""A saved adapter: stock PEFT reads it, its bytes say nothing of this machine, and nothing damaged loads in silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import LoraConfig, PeftModel, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoTokenizer

from tiny_models import lora_plan
from tunecard.adapters import (
    AdapterExpectation,
    add_adapter,
    check_expectation,
    load_adapter,
    read_adapter_config,
    save_adapter,
)
from tunecard.adapters.loading import why_code_fails
from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder

LABELS = ("no", "yes", "maybe")
COMMIT = "c0ffee" + "0" * 34
TOKENS, TEXT = "AutoModelForTokenClassification", "AutoModelForSequenceClassification"
IDS = torch.tensor([[2, 10, 20, 30, 40, 3], [2, 11, 21, 31, 41, 3]])
TinyBase = Callable[[str], Path]


def load(folder: Path, auto_class: Any, seed: int = 0) -> Encoder:
    return load_encoder(BaseFiles("anna/tiny", folder, COMMIT, False), auto_class, LABELS, None, seed)


def make(base: Path, out: Path, auto_class: Any = TEXT, bias: str = "none") -> tuple[RunFolder, torch.Tensor]:
    """A saved adapter whose every trainable tensor is far from its start, and its logits before saving."""
    encoder = load(base, auto_class)
    task = "SEQ_CLS" if auto_class is TEXT else "TOKEN_CLS"
    model: Any = add_adapter(encoder.model, lora_plan(encoder.new_modules, task, dropout=0.1, bias=bias), 1)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
        logits = model.eval()(IDS).logits
    save_adapter(model, encoder.tokenizer, RunFolder(out), base_id="anna/tiny", revision=COMMIT)
    return RunFolder(out), logits


@pytest.fixture(scope="module")
def roberta(tiny_base: TinyBase, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, torch.Tensor]:
    return make(tiny_base("roberta"), tmp_path_factory.mktemp("adapters") / "roberta")


@pytest.fixture
def damaged(roberta: tuple[RunFolder, torch.Tensor], tmp_path: Path) -> RunFolder:
    """A copy that a test may damage."""
    return RunFolder(shutil.copytree(roberta[0].path, tmp_path / "adapter"))


def fault(folder: RunFolder, base: Path) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        load_adapter(load(base, TEXT).model, folder)
    return caught.value


@pytest.mark.parametrize(
    ("architecture", "auto_class", "bias"),
    [
        ("roberta", TEXT, "none"),  # a composite head: dense and out_proj
        ("roberta", TOKENS, "all"),
        ("bert-no-pooler", TEXT, "none"),  # a pooler that the base does not have
        ("distilbert", TEXT, "lora_only"),  # pre_classifier beside classifier
        ("modernbert", TEXT, "none"),
        ("electra", TOKENS, "none"),
    ],
)
def test_stock_peft_gives_equal_logits(
    tiny_base: TinyBase, tmp_path: Path, architecture: str, auto_class: Any, bias: str
) -> None:
    folder, logits = make(tiny_base(architecture), tmp_path, auto_class, bias)
    torch.manual_seed(99)  # another random head: what is not restored shows
    config = AutoConfig.from_pretrained(tmp_path)
    base = getattr(transformers, auto_class).from_pretrained(tiny_base(architecture), config=config)
    assert config.id2label == dict(enumerate(LABELS))
    with torch.no_grad():
        assert (base.eval()(IDS).logits - logits).abs().max() > 0.01  # the adapter is not nothing
        stock = PeftModel.from_pretrained(base, tmp_path).eval()(IDS).logits
        strict = load_adapter(load(tiny_base(architecture), auto_class, seed=5).model, folder)(IDS).logits
    assert torch.equal(stock, logits)
    assert torch.equal(strict, logits)


def test_the_saved_tokenizer_is_the_bases(tiny_base: TinyBase, roberta: tuple[RunFolder, torch.Tensor]) -> None:
    words = ["Marta", "joined", "Siemens"]
    own = AutoTokenizer.from_pretrained(roberta[0].path)
    used = load(tiny_base("roberta"), TEXT).tokenizer
    assert own(words, is_split_into_words=True).input_ids == used(words, is_split_into_words=True).input_ids


def test_the_config_is_what_peft_knows(roberta: tuple[RunFolder, torch.Tensor]) -> None:
    content = json.loads(roberta[0].adapter_config.read_text())
    assert content.keys() <= {field.name for field in fields(LoraConfig)}
    assert content["base_model_name_or_path"] == "anna/tiny"
    assert content["revision"] == COMMIT
    assert content["target_modules"] == sorted(content["target_modules"])
    assert content["modules_to_save"] == ["classifier"]
    assert (content["r"], content["lora_alpha"], content["task_type"]) == (4, 8.0, "SEQ_CLS")


def test_the_model_config_names_the_fine_tuned_model(roberta: tuple[RunFolder, torch.Tensor]) -> None:
    content = json.loads(roberta[0].model_config.read_text())
    assert content["architectures"] == ["RobertaForSequenceClassification"]
    assert content["id2label"] == {"0": "no", "1": "yes", "2": "maybe"}
    assert content["label2id"] == {"no": 0, "yes": 1, "maybe": 2}


def test_no_file_names_a_path_of_this_machine(tiny_base: TinyBase, roberta: tuple[RunFolder, torch.Tensor]) -> None:
    files = sorted(path for path in roberta[0].path.rglob("*") if path.is_file())
    assert [path.name for path in files] == [
        "adapter_config.json", "adapter_model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    for path in files:
        content = path.read_bytes()
        assert str(tiny_base("roberta").parent).encode() not in content
        assert b"/tmp" not in content
        assert b"is_local" not in content


def test_two_saves_give_the_same_bytes(tiny_base: TinyBase, tmp_path: Path) -> None:
    first, _ = make(tiny_base("roberta"), tmp_path / "a")
    encoder = load(tiny_base("roberta"), TEXT)
    encoder.tokenizer(["a b c"], truncation=True, max_length=4, padding="max_length")  # leaves a state behind
    second, _ = make(tiny_base("roberta"), tmp_path / "b")
    for path in first.path.iterdir():
        assert path.read_bytes() == (second.path / path.name).read_bytes(), path.name
    save_adapter(
        load_adapter(encoder.model, first),
        encoder.tokenizer,
        RunFolder(tmp_path / "c"),
        base_id="anna/tiny",
        revision=COMMIT,
    )
    for path in first.path.iterdir():
        assert path.read_bytes() == (tmp_path / "c" / path.name).read_bytes(), path.name


def test_saving_and_loading_ask_no_network(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PEFT asks the Hub for the base's vocabulary when the base is named by an id and nobody tells it not to."""
    asked: list[Any] = []
    monkeypatch.setattr("peft.utils.save_and_load.check_file_exists_on_hf_hub", lambda *names: asked.append(names))
    folder, _ = make(tiny_base("roberta"), tmp_path)
    model = load_adapter(load(tiny_base("roberta"), TEXT).model, folder)
    model.peft_config["default"].base_model_name_or_path = "anna/tiny"
    save_adapter(model, load(tiny_base("roberta"), TEXT).tokenizer, folder, base_id="anna/tiny", revision=COMMIT)
    assert asked == []


def test_missing_unexpected_and_reshaped_keys_are_named(damaged: RunFolder, tiny_base: TinyBase) -> None:
    tensors = load_file(damaged.adapter_weights)
    layer = "base_model.model.roberta.encoder.layer.0.attention.self"
    del tensors[f"{layer}.query.lora_A.weight"]
    tensors["base_model.model.classifier.extra"] = torch.zeros(2)
    tensors[f"{layer}.key.lora_B.weight"] = torch.zeros(32, 3)
    tensors["base_model.model.classifier.out_proj.bias"] = torch.tensor([0.0, torch.nan, 0.0])
    save_file(tensors, damaged.adapter_weights)
    assert str(fault(damaged, tiny_base("roberta"))) == (
        f"5 problems in {damaged.adapter_weights}\n"
        "  the file does not belong to this base and config:\n"
        f"  missing key {layer}.query.lora_A.weight\n"
        "  unexpected key base_model.model.classifier.extra\n"
        "  base_model.model.classifier.out_proj.bias holds values that are not finite.\n"
        f"  {layer}.key.lora_B.weight must have shape (32, 4). Got (32, 3)."
    )


def test_a_head_that_was_not_saved_is_missed(damaged: RunFolder, tiny_base: TinyBase) -> None:
    tensors = load_file(damaged.adapter_weights)
    save_file({key: value for key, value in tensors.items() if "classifier" not in key}, damaged.adapter_weights)
    problems = fault(damaged, tiny_base("roberta")).problems
    assert [problem for problem in problems if problem.startswith("missing key base_model.model.classifier")] == [
        f"missing key base_model.model.classifier.{name}"
        for name in ("dense.bias", "dense.weight", "out_proj.bias", "out_proj.weight")
    ]


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_cut_file_is_refused(damaged: RunFolder, tiny_base: TinyBase, kept: int) -> None:
    content = damaged.adapter_weights.read_bytes()[:kept]
    damaged.adapter_weights.write_bytes(content)
    error = fault(damaged, tiny_base("roberta"))
    assert str(error).startswith(f"{damaged.adapter_weights}: cannot be read ({len(content)} bytes): ")


def test_pickled_weights_are_refused(damaged: RunFolder, tiny_base: TinyBase) -> None:
    damaged.adapter_weights.rename(damaged.path / "adapter_model.bin")
    expected = (
        f"{damaged.path}: no adapter_model.safetensors here. Its adapter_model.bin is a pickle, which can run code when "
        "it is read, so it is not. Save the adapter again where you trust it: "
        "model.save_pretrained(folder, safe_serialization=True)."
    )
    assert str(fault(damaged, tiny_base("roberta"))) == expected


def test_a_name_of_code_in_the_config_is_dropped(damaged: RunFolder) -> None:
    content = json.loads(damaged.adapter_config.read_text())
    damaged.adapter_config.write_text(json.dumps({**content, "auto_mapping": {"parent_library": "os"}}))
    assert "auto_mapping" not in read_adapter_config(damaged)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"peft_type": "EVIL"}, "peft_type must be a method of peft "),
        ({"peft_type": None}, "peft_type must be a method of peft "),
        ({"use_magic": True}, "does not know use_magic: True. Update peft."),
        ({"target_modules": ["nothing_like_it"]}, "does not fit this base: "),
        ({"task_type": "EVIL"}, "is no config of LORA: "),
    ],
)
def test_a_changed_config_is_refused(
    damaged: RunFolder, tiny_base: TinyBase, changes: dict[str, Any], message: str
) -> None:
    content = json.loads(damaged.adapter_config.read_text())
    damaged.adapter_config.write_text(json.dumps({**content, **changes}))
    error = fault(damaged, tiny_base("roberta"))
    assert message in str(error)
    assert error.place == str(damaged.adapter_config)


def test_a_key_that_is_off_may_be_unknown(damaged: RunFolder, tiny_base: TinyBase) -> None:
    content = json.loads(damaged.adapter_config.read_text())
    damaged.adapter_config.write_text(json.dumps({**content, "use_magic": False, "magic": None}))
    assert load_adapter(load(tiny_base("roberta"), TEXT).model, damaged).peft_config


@pytest.mark.parametrize(("content", "message"), [("{", "is not JSON: "), ("[]", "must be a mapping. Got list.")])
def test_a_broken_config_is_told(damaged: RunFolder, tiny_base: TinyBase, content: str, message: str) -> None:
    damaged.adapter_config.write_text(content)
    assert message in str(fault(damaged, tiny_base("roberta")))


def test_the_wrong_base_is_refused_by_shape(damaged: RunFolder, tiny_base: TinyBase) -> None:
    assert "does not fit this base" in str(fault(damaged, tiny_base("distilbert")))


def test_another_base_and_permuted_labels_are_told_together() -> None:
    found = AdapterExpectation("anna/tiny", "a" * 64, ["yes", "no"])
    expected = AdapterExpectation("bert/base", "b" * 64, ["no", "yes"])
    with pytest.raises(AdapterError) as caught:
        check_expectation(found, expected, "out")
    assert str(caught.value) == (
        "2 problems in out\n"
        f"  the adapter was trained on bert/base with weights sha256 {'b' * 12}. Got anna/tiny with {'a' * 12}. "
        "Load the base it was trained on.\n"
        "  config.json has the same labels in another order: yes, no. The evidence says no, yes."
    )
    check_expectation(found, found, "out")
    check_expectation(found, AdapterExpectation(), "out")
    with pytest.raises(AdapterError, match="config.json has other labels: yes, no. The evidence says a."):
        check_expectation(found, AdapterExpectation(labels=["a"]), "out")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("AutoModelForSequenceClassification", "SEQ_CLS"),
        ("AutoModelForTokenClassification", "TOKEN_CLS"),
        ("AutoModelForQuestionAnswering", "QUESTION_ANS"),
        ("AutoModel", "FEATURE_EXTRACTION"),
    ],
)
def test_code_is_not_shown_where_a_prompt_has_outputs_of_its_own(tiny_base: TinyBase, head: str, kind: str) -> None:
    """A row of three tokens comes back with a vector for each of five, or with one that is all its own."""
    model = getattr(transformers, head).from_pretrained(tiny_base("bert"))
    wrapped = get_peft_model(model, PromptTuningConfig(task_type=kind, num_virtual_tokens=2)).eval()
    ids = torch.tensor([[2, 10, 3]])
    first = next(value for value in wrapped(input_ids=ids, attention_mask=torch.ones_like(ids)).values())
    assert (first.shape[1] == 5) is (why_code_fails(wrapped) is not None)
