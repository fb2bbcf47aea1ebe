"""Loading is strict: what does not fit is an error that names it; what cannot be checked is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tiny_adapters import LIMIT, make_adapter
from tiny_models import make_base
from tunecard.encoders import EMBEDDED_ID, BaseFiles
from tunecard.encoders.embedded import EMBEDDED_WEIGHTS_SHA256
from tunecard.errors import AdapterError, BaseModelError, MachineError, RunFolderError, TunecardError
from tunecard.evidence import Findings, RunFolder, measured
from tunecard.inference import load, loading
from tunecard.inference.adapter_folder import read_adapter_folder

TinyBase = Callable[[str], Path]


@pytest.fixture
def base(tiny_base: TinyBase) -> Path:
    return tiny_base("bert")


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory, tiny_base: TinyBase) -> RunFolder:
    return make_adapter(tmp_path_factory.mktemp("whole"), tiny_base("bert"), "token-classification")


@pytest.fixture
def run(tmp_path: Path, whole_run: RunFolder) -> RunFolder:
    """A copy to damage."""
    return RunFolder(shutil.copytree(whole_run.path, tmp_path / "run"))


def edit_json(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not ...}))


def edit_weights(run: RunFolder, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    tensors = load_file(run.adapter_weights)
    change(tensors)
    save_file(tensors, run.adapter_weights)


def fault(run: RunFolder, base: Path | None, kind: type[TunecardError] = AdapterError) -> str:
    with pytest.raises(kind) as caught:
        load(run.path, base=base)
    return str(caught.value)


def test_a_whole_folder_leaves_nothing_unchecked(run: RunFolder, base: Path) -> None:
    state = torch.get_rng_state()
    adapter = load(run.path, base=base, device="cpu")
    assert adapter.unchecked == ()
    assert (adapter.task, adapter.labels[1], adapter.max_length, adapter.base_id) == (
        "token-classification", "B-PER", LIMIT, base.name,
    )  # fmt: skip
    assert torch.equal(torch.get_rng_state(), state)  # loading does not disturb the caller's random numbers
    assert not adapter.engine.model.training


def test_without_evidence_nothing_is_checked_and_that_is_told(run: RunFolder, base: Path) -> None:
    run.evidence.unlink()
    shutil.move(run.path / "tokenizer.json", run.path / "elsewhere.json")
    (run.path / "tokenizer_config.json").unlink()
    adapter = load(run.path, base=base)
    told = "\n".join(adapter.unchecked)
    assert len(adapter.unchecked) == 4
    for what in ("weights", "order of training", "tokens training read", "tokenizer"):
        assert what in told
    assert adapter.predict([["tokyo"]])


def test_another_base_is_refused_by_its_weights(run: RunFolder, tmp_path: Path) -> None:
    other = make_base(tmp_path / "other", "bert", seed=9)
    message = fault(run, other)
    assert "the adapter was trained on tiny-bert with weights sha256" in message
    assert "Got other with" in message


def test_a_base_of_another_shape_is_refused_without_evidence_too(run: RunFolder, tiny_base: TinyBase) -> None:
    run.evidence.unlink()
    message = fault(run, tiny_base("roberta"))
    assert "missing key" in message and "unexpected key base_model.model.bert.encoder.layer.0" in message


def test_permuted_labels_are_named(run: RunFolder, base: Path) -> None:
    edit_json(run.model_config, id2label={"0": "O", "1": "B-LOC", "2": "I-LOC", "3": "B-PER", "4": "I-PER"})
    assert "config.json has the same labels in another order: O, B-LOC, I-LOC, B-PER, I-PER." in fault(run, base)


def test_missing_unexpected_and_misshapen_keys_are_named_at_once(run: RunFolder, base: Path) -> None:
    lora = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_"

    def damage(tensors: dict[str, torch.Tensor]) -> None:
        del tensors[lora + "A.weight"]
        tensors["base_model.model.stranger"] = torch.zeros(1)
        tensors[lora + "B.weight"] = torch.zeros(3, 4)
        tensors["base_model.model.classifier.bias"] = torch.tensor([float("nan")] * 5)

    edit_weights(run, damage)
    message = fault(run, base)
    assert f"missing key {lora}A.weight" in message
    assert "unexpected key base_model.model.stranger" in message
    assert f"{lora}B.weight must have shape (32, 4). Got (3, 4)." in message
    assert "classifier.bias holds values that are not finite" in message


def test_a_head_that_nobody_brings_is_refused(tmp_path: Path, tiny_base: TinyBase) -> None:
    """A base without a pooler and an adapter that saved only the classifier: the pooler would be random."""
    base = tiny_base("bert-no-pooler")
    run = make_adapter(tmp_path / "run", base, "text-classification")
    edit_json(run.adapter_config, modules_to_save=["classifier"])

    def forget(tensors: dict[str, torch.Tensor]) -> None:
        for key in [key for key in tensors if "pooler" in key]:
            del tensors[key]

    edit_weights(run, forget)
    assert "the base has no weights for pooler and the adapter brings none" in fault(run, base)


@pytest.mark.parametrize(
    ("id2label", "message"),
    [
        (..., "config.json must name the labels in id2label. Got none."),
        ({"0": "LABEL_0", "1": "LABEL_1"}, "only the placeholders LABEL_0, LABEL_1"),
        ({"0": "O", "2": "B-PER"}, "id2label must map 0 to 1 to names"),
        ({"0": "O", "1": "O"}, "must name each label once"),
        ({"0": "O", "1": "S-PER"}, "the tags must be O, B-type and I-type (IOB2). Got S-PER."),
        ({"0": "O", "one": "B-PER"}, "config.json cannot be read"),
        (["O"], "config.json cannot be read"),
    ],
)
def test_labels_that_name_nothing_are_refused(run: RunFolder, base: Path, id2label: Any, message: str) -> None:
    edit_json(run.model_config, id2label=id2label)
    assert message in fault(run, base)


def test_files_that_disagree_are_named_together(run: RunFolder, base: Path) -> None:
    edit_json(run.adapter_config, base_model_name_or_path="somebody/else", task_type="SEQ_CLS")
    run.model_config.unlink()
    message = fault(run, base)
    assert "3 problems" in message
    assert "adapter_config.json names the base 'somebody/else'. The evidence says 'tiny-bert'." in message
    assert "json says text-classification (task_type). The evidence says token-classification." in message
    assert "no config.json here, so the label names are not known. `tunecard complete`" in message


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no folder .*nowhere"):
        load(tmp_path / "nowhere")
    with pytest.raises(AdapterError, match=r"no adapter_config\.json here"):
        load(tmp_path)


def test_an_unknown_task_is_refused(run: RunFolder, base: Path) -> None:
    run.evidence.unlink()
    edit_json(run.adapter_config, task_type="CAUSAL_LM")
    assert "task_type must be QUESTION_ANS or FEATURE_EXTRACTION or TOKEN_CLS or SEQ_CLS. Got 'CAUSAL_LM'." in fault(
        run, base
    )


def test_a_tokenizer_with_other_ids_is_refused(run: RunFolder, base: Path, tiny_base: TinyBase) -> None:
    content = json.loads((run.path / "tokenizer.json").read_text())
    vocabulary = content["model"]["vocab"]
    vocabulary["tokyo"], vocabulary["berlin"] = vocabulary["berlin"], vocabulary["tokyo"]
    (run.path / "tokenizer.json").write_text(json.dumps(content))
    message = fault(run, base)
    assert (
        "the tokenizer in the folder is not the base's: 2 tokens have another id or none, such as 'berlin'" in message
    )


def test_a_config_that_wants_code_is_refused(run: RunFolder, base: Path) -> None:
    edit_json(run.model_config, auto_map={"AutoConfig": "evil.Config"})
    assert "wants code of its own to run (auto_map)" in fault(run, base, BaseModelError)


def test_a_local_base_is_found_in_the_working_folder_and_never_on_the_hub(
    run: RunFolder, base: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    message = fault(run, None, BaseModelError)
    assert "the adapter was trained on a local folder, 'tiny-bert', which is not here" in message
    monkeypatch.chdir(base.parent)
    assert load(run.path).base_id == "tiny-bert"


def test_the_embedded_base_stands_in_for_its_hub_id(
    run: RunFolder, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def locate(name: str, revision: str | None = None) -> BaseFiles:
        asked.append(name)
        return BaseFiles(EMBEDDED_ID, base, None, is_local=False)

    monkeypatch.setattr(loading, "locate_base", locate)
    edit_json(run.adapter_config, base_model_name_or_path=EMBEDDED_ID)
    facts = run.evidence.read_text()
    for sha256, is_offline, expected in [
        (EMBEDDED_WEIGHTS_SHA256, False, "embedded"),
        ("0" * 64, True, "embedded"),
        ("0" * 64, False, EMBEDDED_ID),
    ]:
        asked.clear()
        _rewrite(run, facts, sha256)
        monkeypatch.setattr(loading.huggingface_hub.constants, "HF_HUB_OFFLINE", is_offline)
        monkeypatch.setattr("tunecard.data.reachability._resolves", lambda address: True)
        loading.find_base(read_adapter_folder(run.path), None)
        assert asked == [expected]


def _rewrite(run: RunFolder, facts: str, sha256: str) -> None:
    content = json.loads(facts)
    for record in content["findings"]:
        values = {"base_model.id": EMBEDDED_ID, "base_model.is_local": False, "base_model.weights_sha256": sha256}
        record["value"] = values.get(record["id"], record["value"])
    run.evidence.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("gpu", "device must be auto, cpu, cuda, cuda:N or mps. Got 'gpu'."),
        ("cuda:x", "device must be auto, cpu, cuda, cuda:N or mps. Got 'cuda:x'."),
        ("cuda:99", "device: cuda:99 is not available"),
    ],
)
def test_a_device_that_is_not_there(run: RunFolder, base: Path, device: str, message: str) -> None:
    with pytest.raises(MachineError) as caught:
        load(run.path, base=base, device=device)
    assert str(caught.value).startswith(message)


def test_the_columns_of_the_evidence_are_kept(run: RunFolder, base: Path) -> None:
    columns = {"text": "review_body", "label": "sentiment"}
    run.write_findings(Findings([*run.read_findings(), measured("data.columns", columns)]))
    assert load(run.path, base).columns == columns
    run.evidence.unlink()
    assert load(run.path, base).columns == {}
