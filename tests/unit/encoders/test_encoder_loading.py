"""Loading a base under a head: what is new, how long a text may be, and which bases are refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, T5Config

from tiny_models import ARCHITECTURES, make_base
from tunecard.encoders import BaseFiles, Encoder, count_usable_positions, load_encoder, load_tokenizer, locate_base
from tunecard.encoders.loading import read_base_config
from tunecard.errors import BaseModelError

LABELS = ("a", "b", "c")
TOKENS, TEXT = "AutoModelForTokenClassification", "AutoModelForSequenceClassification"
NEW = {
    ("roberta", TEXT): ["classifier"],
    ("xlm-roberta", TEXT): ["classifier"],
    ("bert", TEXT): ["classifier"],
    ("bert-no-pooler", TEXT): ["classifier", "pooler"],
    ("distilbert", TEXT): ["classifier", "pre_classifier"],
    ("electra", TEXT): ["classifier"],
    ("modernbert", TEXT): ["classifier"],
}


def load(folder: Path, auto_class: Any = TOKENS, labels: tuple[str, ...] = LABELS, seed: int = 0) -> Encoder:
    return load_encoder(BaseFiles("anna/tiny", folder, None, False), auto_class, labels, None, seed)


@pytest.fixture
def copied(tiny_base: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a tiny base that a test may damage."""

    def copy(architecture: str) -> Path:
        return shutil.copytree(tiny_base(architecture), tmp_path / "base")

    return copy


def edit_json(path: Path, **changes: Any) -> None:
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not ...}))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("auto_class", [TOKENS, TEXT])
def test_new_modules_are_named(tiny_base: Callable[[str], Path], architecture: str, auto_class: Any) -> None:
    encoder = load(tiny_base(architecture), auto_class)
    assert encoder.new_modules == NEW.get((architecture, auto_class), ["classifier"])
    assert not encoder.model.training
    assert {parameter.dtype for parameter in encoder.model.parameters()} == {torch.float32}
    assert encoder.model.config.id2label == {0: "a", 1: "b", 2: "c"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_usable_positions(tiny_base: Callable[[str], Path], architecture: str) -> None:
    """RoBERTa's 34 positions mean 32 tokens; 32 tokens run, and one more does not where there is a table."""
    encoder = load(tiny_base(architecture))
    assert encoder.max_tokens == 32
    encoder.tokenizer.model_max_length = 10**30  # as many tokenizers say; the weights alone decide then
    assert count_usable_positions(encoder.model, encoder.tokenizer) == 32
    ids = torch.full((1, 33), encoder.tokenizer.convert_tokens_to_ids("a"))
    assert encoder.model(ids[:, :32]).logits.shape == (1, 32, 3)
    if architecture != "modernbert":
        with pytest.raises((IndexError, RuntimeError)):
            encoder.model(ids)


def test_514_positions_mean_512_tokens(tmp_path: Path) -> None:
    encoder = load(make_base(tmp_path, "roberta", positions=512))
    encoder.tokenizer.model_max_length = 10**30
    assert count_usable_positions(encoder.model, encoder.tokenizer) == 512
    assert (encoder.model.config.max_position_embeddings, encoder.max_tokens) == (514, 512)


def test_a_shorter_tokenizer_limit_holds(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    edit_json(folder / "tokenizer_config.json", model_max_length=20)
    assert load(folder).max_tokens == 20
    edit_json(folder / "tokenizer_config.json", model_max_length=10**30)
    assert load(folder).max_tokens == 32


def test_the_seed_decides_the_head_and_nothing_else(tiny_base: Callable[[str], Path]) -> None:
    first, same, other = (load(tiny_base("roberta"), seed=seed).model.state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    differing = {name for name in first if not torch.equal(first[name], other[name])}
    assert differing == {"classifier.weight"}


@pytest.mark.parametrize("n_labels", [3, 5])
def test_a_head_that_the_base_brings_is_learned_anew(
    tiny_base: Callable[[str], Path], tmp_path: Path, n_labels: int
) -> None:
    """Other labels: another shape is drawn anew, the same shape is at least trained and travels with the adapter."""
    brought = load(tiny_base("roberta"), labels=tuple("abcdefg"[:n_labels]))
    brought.model.save_pretrained(tmp_path)
    brought.tokenizer.save_pretrained(tmp_path)
    encoder = load(tmp_path)
    assert encoder.new_modules == ["classifier"]
    assert encoder.model.classifier.weight.shape == (3, 32)


def test_roberta_tells_word_starts_by_a_space(tiny_base: Callable[[str], Path]) -> None:
    tokenizer = load(tiny_base("roberta")).tokenizer
    words = tokenizer(["guitar", "guitar"], is_split_into_words=True).input_ids
    text = tokenizer("guitar guitar").input_ids
    assert words == text
    assert tokenizer.convert_ids_to_tokens(words)[1].startswith("Ġ")


@pytest.mark.parametrize(("architecture", "has_segments"), [("bert", True), ("distilbert", False), ("roberta", False)])
def test_segments_only_where_the_base_has_rows_for_them(
    tiny_base: Callable[[str], Path], architecture: str, has_segments: bool
) -> None:
    encoder = load(tiny_base(architecture), TEXT)
    pair = encoder.tokenizer("a man", "a street", return_tensors="pt")
    assert ("token_type_ids" in pair) is has_segments
    encoder.model(**pair)


def test_segments_never_overflow_a_table_of_one_row(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    tensors = load_file(folder / "model.safetensors")
    name = "bert.embeddings.token_type_embeddings.weight"
    save_file({**tensors, name: tensors[name][:1].clone()}, folder / "model.safetensors", {"format": "pt"})
    edit_json(folder / "config.json", type_vocab_size=1)
    encoder = load(folder, TEXT)
    encoder.model(**encoder.tokenizer("a man", "a street", return_tensors="pt"))


@pytest.mark.parametrize("config", [GPT2Config(), T5Config()])
def test_a_decoder_is_refused(copied: Callable[[str], Path], config: Any) -> None:
    folder = copied("bert")
    config.save_pretrained(folder)
    with pytest.raises(BaseModelError) as caught:
        load(folder)
    assert str(caught.value) == (
        "base_model must be an encoder such as roberta, bert, distilbert, electra or modernbert. "
        f"Got anna/tiny, a {config.model_type!r}."
    )


def test_an_encoder_used_as_a_decoder_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    edit_json(folder / "config.json", is_decoder=True)
    with pytest.raises(BaseModelError, match="must be an encoder"):
        load(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("auto_map", {"AutoModel": "modeling.Evil"}),
        ("_attn_implementation_internal", "anna/kernel"),
        ("attn_implementation", "anna/kernel"),
        ("custom_pipelines", {"x": {}}),
    ],
)
def test_a_config_that_wants_code_to_run_is_refused(copied: Callable[[str], Path], key: str, value: Any) -> None:
    folder = copied("bert")
    edit_json(folder / "config.json", **{key: value})
    with pytest.raises(BaseModelError) as caught:
        load(folder)
    refused = (
        f"base_model: anna/tiny wants code of its own to run ({key}); that is refused. Name another base, or a copy"
    )
    assert str(caught.value).startswith(refused)


def test_a_tokenizer_that_wants_code_to_run_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    edit_json(
        folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", "evil.Evil"]}, tokenizer_class="Evil"
    )
    # It may load by the base's own type, but nothing of evil.py may run (that would end this process).
    try:
        load(folder)
    except BaseModelError as error:
        assert "tokenizer of anna/tiny cannot be loaded" in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "base_model: config.json of anna/tiny is not JSON: "),
        ("[]", "base_model: config.json of anna/tiny must be a mapping. Got list."),
        ("{}", "base_model: anna/tiny is not known to transformers: "),
        ('{"model_type": "unheard-of"}', "base_model: anna/tiny is not known to transformers: "),
    ],
)
def test_a_broken_config_is_refused(copied: Callable[[str], Path], content: str, message: str) -> None:
    folder = copied("bert")
    (folder / "config.json").write_text(content)
    with pytest.raises(BaseModelError) as caught:
        read_base_config(BaseFiles("anna/tiny", folder, None, False))
    assert str(caught.value).startswith(message)


def test_cut_weights_are_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(BaseModelError, match="base_model: base/model.safetensors: cannot be read as weights: "):
        load(folder)


def test_weights_that_do_not_fit_the_config_are_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    edit_json(folder / "config.json", num_hidden_layers=3)
    with pytest.raises(BaseModelError) as caught:
        load(folder)
    assert str(caught.value) == "base_model: anna/tiny lacks weights of encoder: its files do not fit its config.json."


def test_another_padding_id_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("roberta")
    edit_json(folder / "config.json", pad_token_id=0)
    with pytest.raises(BaseModelError) as caught:
        load(folder)
    assert str(caught.value) == (
        "base_model anna/tiny: the tokenizer pads with id 1, the model's config says 0. "
        "Make them equal: positions are counted from it."
    )


def test_a_tokenizer_of_another_base_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    tensors = load_file(folder / "model.safetensors")
    cut = {name: tensor[:100].clone() if tensor.shape[:1] == (300,) else tensor for name, tensor in tensors.items()}
    save_file(cut, folder / "model.safetensors", {"format": "pt"})
    edit_json(folder / "config.json", vocab_size=100)
    with pytest.raises(BaseModelError, match="tokens, the weights only 100. Use the tokenizer they were trained with."):
        load(folder)


def test_no_padding_token_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("modernbert")
    edit_json(folder / "tokenizer_config.json", pad_token=...)
    edit_json(folder / "config.json", pad_token_id=None)
    with pytest.raises(BaseModelError, match="the tokenizer has no padding token"):
        load(folder)


def test_a_missing_tokenizer_is_told(copied: Callable[[str], Path]) -> None:
    folder = copied("bert")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(BaseModelError, match="anna/tiny has no tokenizer"):
        load(folder)


def test_a_base_is_loaded_with_the_hubs_layout(
    tiny_base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A populated cache serves without a network, and tells the commit."""
    import huggingface_hub.constants

    commit = "c0ffee" + "0" * 34
    snapshot = tmp_path / "models--anna--tiny" / "snapshots" / commit
    shutil.copytree(tiny_base("roberta"), snapshot)
    refs = tmp_path / "models--anna--tiny" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    files = locate_base("anna/tiny")
    assert (files.id, files.revision, files.is_local) == ("anna/tiny", commit, False)
    assert locate_base("anna/tiny", commit).folder == files.folder
    assert load_tokenizer(files).pad_token_id == 1
