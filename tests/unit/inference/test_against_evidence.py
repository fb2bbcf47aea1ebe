"""Changes that leave every name and shape as it was, and every answer different: each is refused at load, by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tiny_adapters import make_adapter
from tunecard.encoders import identify_base, load_encoder, locate_base
from tunecard.errors import AdapterError, TunecardError
from tunecard.evidence import Findings, RunFolder, measured
from tunecard.evidence.files import sha256_of
from tunecard.inference import load
from tunecard.inference.adapter_folder import read_adapter_folder
from tunecard.inference.loading import choose_tokenizer

TinyBase = Callable[[str], Path]


@pytest.fixture(scope="module", params=["roberta", "xlm-roberta"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_base: TinyBase) -> RunFolder:
    """A folder whose evidence records what a run records, with its base beside it."""
    place = tmp_path_factory.mktemp("whole")
    base = Path(shutil.copytree(tiny_base(request.param), place / "base"))
    run = make_adapter(place / "run", base, "text-classification")
    config = json.loads(run.adapter_config.read_text())
    values = {
        "base_model.config_sha256": identify_base(locate_base(str(base))).config_sha256,
        "adapter.sha256": sha256_of(run.adapter_weights), "adapter.method": "lora", "adapter.rank": config["r"],
        "adapter.alpha": config["lora_alpha"], "adapter.target_modules": sorted(config["target_modules"]),
    }  # fmt: skip
    findings = Findings(run.read_findings())
    findings.extend(measured(id, value, name=id) for id, value in values.items())
    run.write_findings(findings)
    return run


@pytest.fixture
def run(tmp_path: Path, whole: RunFolder) -> RunFolder:
    """A copy to damage, with its base."""
    shutil.copytree(whole.path.parent, tmp_path / "copy")
    return RunFolder(tmp_path / "copy" / "run")


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def refusal(run: RunFolder) -> str:
    with pytest.raises(AdapterError) as caught:
        load(run.path, base=run.path.parent / "base", device="cpu")
    return str(caught.value)


def test_what_was_not_touched_loads(run: RunFolder) -> None:
    assert load(run.path, base=run.path.parent / "base", device="cpu").unchecked == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lora_alpha": 999}, "adapter.alpha is 8"),
        ({"use_rslora": True}, "adapter_config.json switches on {'use_rslora': True}. The evidence says {}."),
        ({"alpha_pattern": {"query": 64}}, "switches on {'alpha_pattern': {'query': 64}}"),
        ({"use_dora": True}, "switches on {'use_dora': True}"),
        ({"r": 10**9}, "adapter.rank is"),
        ({"layer_replication": [[0, 2], [0, 2]]}, "switches on {'layer_replication'"),
    ],
)
def test_settings_are_those_of_the_evidence(run: RunFolder, changes: dict[str, Any], words: str) -> None:
    edit(run.adapter_config, lambda config: config.update(changes))
    assert words in refusal(run)


def test_the_weights_are_those_that_were_scored(run: RunFolder) -> None:
    tensors = load_file(run.adapter_weights)
    save_file({key: tensor * 2 for key, tensor in tensors.items()}, run.adapter_weights)
    assert "is not the file that the evidence speaks of (`adapter.sha256`)" in refusal(run)


@pytest.mark.parametrize("changes", [{"hidden_act": "relu"}, {"layer_norm_eps": 0.5}, {"type_vocab_size": 1}])
def test_the_bases_config_is_that_of_the_evidence(run: RunFolder, changes: dict[str, Any]) -> None:
    edit(run.path.parent / "base" / "config.json", lambda config: config.update(changes))
    assert "with a config.json of sha256" in refusal(run)


def test_a_bases_config_of_gigabytes_is_not_hashed(run: RunFolder) -> None:
    os.truncate(run.path.parent / "base" / "config.json", 3 << 30)
    with pytest.raises(TunecardError, match="it has 3,221,225,472 bytes, and at most "):
        load(run.path, base=run.path.parent / "base", device="cpu")


def test_the_tokenizer_splits_as_the_bases(run: RunFolder) -> None:
    def change(content: dict[str, Any]) -> None:
        model = content["model"]
        if "merges" in model:
            model["merges"] = model["merges"][::-1]
        else:
            model["vocab"] = [[piece, -score] for piece, score in model["vocab"]]

    edit(run.path / "tokenizer.json", change)
    said = refusal(run)
    assert "it has other merges" in said or "it has other the scores of its pieces" in said


def test_what_a_tokenizer_does_before_splitting_is_the_bases_where_the_evidence_says_so(
    tmp_path: Path, tiny_base: TinyBase
) -> None:
    files = locate_base(str(tiny_base("modernbert")))  # its class reads all of tokenizer.json
    encoder = load_encoder(files, "AutoModelForSequenceClassification", ("a", "b"), None, seed=0)
    folder = Path(shutil.copytree(files.folder, tmp_path / "run"))
    assert choose_tokenizer(folder, encoder, is_bases=True)
    edit(folder / "tokenizer.json", lambda content: content.update(normalizer={"type": "Lowercase"}))
    assert choose_tokenizer(folder, encoder)  # an adapter may come with a tokenizer of its own
    with pytest.raises(AdapterError, match="it has other normalizer. Put the base's tokenizer there"):
        choose_tokenizer(folder, encoder, is_bases=True)


def test_whose_the_tokenizer_is_follows_from_the_evidence(run: RunFolder) -> None:
    assert read_adapter_folder(run.path).has_bases_tokenizer
    findings = Findings(run.read_findings())
    findings.add(measured("adapter.tokenizer", "the adapter folder's own"))
    run.write_findings(findings)
    assert not read_adapter_folder(run.path).has_bases_tokenizer
    run.evidence.unlink()
    assert not read_adapter_folder(run.path).has_bases_tokenizer


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.bool, torch.uint8])
def test_whole_numbers_are_no_weights(run: RunFolder, dtype: torch.dtype) -> None:
    run.evidence.unlink()
    tensors = load_file(run.adapter_weights)
    key = next(key for key in tensors if key.endswith("lora_B.weight"))
    save_file({**tensors, key: tensors[key].to(dtype)}, run.adapter_weights)
    assert f"{key} must hold floating-point numbers" in refusal(run)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"r": 10**9}, "must have shape (1000000000,"),
        ({"rank_pattern": {"query": 10**9}}, "must have shape (1000000000,"),
        ({"layer_replication": [[0, 10**9]]}, "layer_replication must be a count, 1,000 at most"),
        ({"layer_replication": ["x"]}, "layer_replication must be a count"),
        ({"target_modules": "(.*)*x"}, "target_modules: '(.*)*x' is not decided in 200,000 steps"),
        ({"exclude_modules": r"(\w|\w\w|\.)+!"}, "exclude_modules: "),
        ({"rank_pattern": {"(.*)*x": 4}}, "rank_pattern: "),
        ({"modules_to_save": ["(.*)*x"]}, "modules_to_save holds names of modules. Got '(.*)*x'."),
        ({"layers_pattern": "(.*)*x", "layers_to_transform": [0]}, "layers_pattern holds names"),
        ({"target_modules": ["query"]}, "unexpected key"),
        ({"r": "many"}, ""),
        ({"r": [4]}, ""),
        ({"lora_alpha": {}}, ""),
        ({"target_modules": {"query": 1}}, ""),
        ({"target_modules": [["query"]]}, ""),
        ({"target_modules": 3}, ""),
        ({"rank_pattern": [3]}, ""),
        ({"peft_type": ["LORA"]}, "peft_type must be a method"),
        ({"peft_type": {}}, "peft_type must be a method"),
        ({"task_type": ["SEQ_CLS"]}, ""),
        ({"base_model_name_or_path": ["roberta"]}, "must name its base"),
        ({"modules_to_save": 3}, ""),
        ({"init_lora_weights": ["pissa"]}, ""),
        ({"init_lora_weights": "pissa_niter_1000000000"}, "init_lora_weights must be a count, 1,000 at most"),
        ({"init_lora_weights": "pissa_niter_" + "9" * 5_000}, "init_lora_weights must be a count"),
        ({"init_lora_weights": "loftq", "loftq_config": {"loftq_iter": 10**9}}, "loftq_iter must be a count"),
        ({"megatron_config": {"x": 1}, "megatron_core": "this"}, "megatron_config names what lies outside"),
        ({"monteclora_config": {"x": 1}}, "is no config of LORA"),
    ],
)
def test_a_config_that_cannot_be_meant_is_refused(run: RunFolder, changes: dict[str, Any], words: str) -> None:
    run.evidence.unlink()
    edit(run.adapter_config, lambda config: config.update(changes))
    said = refusal(run)
    assert words in said and said


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("XLORA", {"adapters": {"a": "somebody/else"}}, "adapters names what lies outside of the adapter's folder"),
        ("SHADOW", {"shadow_model": "/elsewhere"}, "shadow_model names what lies outside"),
        (
            "MULTITASK_PROMPT_TUNING",
            {"prompt_tuning_init": "ONLY_SOURCE_SHARED", "prompt_tuning_init_state_dict_path": "PIPE"},
            "prompt_tuning_init_state_dict_path names what lies outside",
        ),
        ("MULTITASK_PROMPT_TUNING", {"num_virtual_tokens": 10**9}, "has more than 100,000,000 numbers"),
        ("P_TUNING", {"num_virtual_tokens": 2, "encoder_num_layers": 10**9}, "encoder_num_layers must be a count"),
        ("UNILORA", {"r": 10**9, "target_modules": ["query"]}, "r must be a count"),
        ("UNILORA", {"theta_d_length": 10**9, "target_modules": ["query"]}, "theta_d_length must be 1,000,000 at most"),
        ("POLY", {"n_skills": 10**9, "target_modules": ["query"]}, "n_skills must be a count"),
        ("PSOFT", {"psoft_svd_lowrank_niter": 10**9}, "psoft_svd_lowrank_niter must be a count"),
    ],
)
def test_no_method_reaches_out_of_the_folder_or_goes_on_without_end(
    run: RunFolder, kind: str, changes: dict[str, Any], words: str
) -> None:
    """A pipe that PEFT would open is waited for for ever, and a pickle that it would open may run code."""
    run.evidence.unlink()
    os.mkfifo(run.path / "pipe")
    settings = {key: str(run.path / "pipe") if value == "PIPE" else value for key, value in changes.items()}
    common = {"peft_type": kind, "task_type": "SEQ_CLS", "base_model_name_or_path": "roberta"}
    run.adapter_config.write_text(json.dumps(common | settings))
    assert words in refusal(run)


@pytest.mark.parametrize("names", [3, ["a"], "ab", True])
def test_label_names_that_are_no_mapping_are_refused(run: RunFolder, names: Any) -> None:
    run.evidence.unlink()
    edit(run.model_config, lambda config: (config.pop("num_labels", None), config.update(id2label=names)))
    assert "config.json" in refusal(run)


@pytest.mark.parametrize("name", ["adapter_config.json", "config.json", "evidence.json", "tokenizer.json"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "deep", "wide", "text", "bytes"])
def test_what_is_no_plain_json_file_is_refused_at_once(run: RunFolder, name: str, kind: str) -> None:
    path = run.path / name
    path.unlink()
    make: dict[str, Callable[[], Any]] = {
        "pipe": lambda: os.mkfifo(path), "device": lambda: path.symlink_to("/dev/zero"), "folder": path.mkdir,
        "deep": lambda: path.write_text("[" * 200_000), "wide": lambda: path.write_text("[" + "[]," * 2_500_000 + "[]]"),
        "text": lambda: path.write_text('"text"'), "bytes": lambda: path.write_bytes(b"\xff\xfe\x00"),
    }  # fmt: skip
    make[kind]()
    try:
        load(run.path, base=run.path.parent / "base", device="cpu")
    except TunecardError as error:
        assert name in str(error) or path.stem in str(error)
    else:  # the base's tokenizer serves where the folder has none, and without evidence that is told
        assert name in {"tokenizer.json", "evidence.json"} and kind in {"pipe", "device", "folder"}


def test_a_header_of_ninety_megabytes_and_a_rank_of_a_billion_take_no_memory(
    tmp_path: Path, tiny_base: TinyBase
) -> None:
    """Measured in a process of its own: nothing beyond what is loaded anyway may be taken."""
    high, wide = (make_adapter(tmp_path / name, tiny_base("bert"), "text-classification") for name in ("high", "wide"))
    edit(high.adapter_config, lambda config: config.update(r=10**9))
    with wide.adapter_weights.open("wb") as stream:
        stream.write((90_000_000).to_bytes(8, "little") + b"{" + b" " * 90_000_000)
    script = (
        "import resource, sys\n"
        "from tunecard.errors import AdapterError\n"
        "from tunecard.inference import load\n"
        "from tunecard.encoders import load_encoder, locate_base\n"
        "base = sys.argv[1]\n"
        "load_encoder(locate_base(base), 'AutoModelForSequenceClassification', ('a', 'b', 'c'), None, seed=0)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for folder in sys.argv[2:]:\n"
        "    try: load(folder, base=base, device='cpu')\n"
        "    except AdapterError as error: print(str(error)[:2000])\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    arguments = [sys.executable, "-c", script, str(tiny_base("bert")), str(high.path), str(wide.path)]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert "must have shape (1000000000," in said and "its header has 90,000,000 bytes" in said
    assert int(said.split()[-1]) < 200
