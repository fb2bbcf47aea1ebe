"""The findings against the dense computation, on adapters that stock PEFT saved."""

import json
import math
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForTokenClassification

from tunecard.adapters.low_rank_updates import LowRankUpdate
from tunecard.errors import AdapterError
from tunecard.evidence import Finding
from tunecard.examination import examine_adapter, measure_update

SMALL = {
    "vocab_size": 40,
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 16,
}
WEIGHTS = "adapter_model.safetensors"


def tiny_bert() -> BertForSequenceClassification:
    torch.manual_seed(3)
    return BertForSequenceClassification(BertConfig(**SMALL, num_labels=3))


def save_adapter(folder: Path, **lora) -> tuple[Path, dict, dict, torch.nn.Module]:
    """A random LoRA adapter as PEFT saves it, its config, the base's state before wrapping, and the wrapped model."""
    base = tiny_bert()
    state = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    settings = {"r": 4, "lora_alpha": 6, "target_modules": ["query", "value"], "task_type": "SEQ_CLS", **lora}
    torch.manual_seed(5)
    model = get_peft_model(base, LoraConfig(init_lora_weights=False, **settings))
    model.save_pretrained(folder)
    return folder / WEIGHTS, json.loads((folder / "adapter_config.json").read_text()), state, model


def by_id(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings}


def dense_updates(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """PEFT's own dense update of each adapted module, scaling included."""
    return {
        name.removeprefix("base_model.model."): module.get_delta_weight("default").detach().double()
        for name, module in model.named_modules()
        if hasattr(module, "get_delta_weight")
    }


def dense_effective_rank(update: torch.Tensor, rank: int) -> float:
    shares = torch.linalg.svdvals(update)[:rank]
    shares = shares / shares.sum()
    return math.exp(-sum(share * math.log(share) for share in shares.tolist() if share > 0))


@pytest.mark.parametrize(
    "lora",
    [
        {},
        {"use_rslora": True},
        {"target_modules": ["query", "dense"], "bias": "all"},
        {"alpha_pattern": {"layer.1.attention.self.query": 30}, "rank_pattern": {"value": 2}},
        {"target_modules": ["word_embeddings", "key"]},
    ],
    ids=["plain", "rslora", "dense-and-bias", "patterns", "embeddings"],
)
def test_norms_and_ranks_are_those_of_the_dense_update(tmp_path: Path, lora: dict) -> None:
    weights, config, state, model = save_adapter(tmp_path, **lora)
    records = by_id(examine_adapter(weights, config, state))["examination.update_norms"].value
    dense = dense_updates(model)
    assert {record["module"] for record in records} == set(dense)
    for record in records:
        update, frozen = dense[record["module"]], state[record["module"] + ".weight"].double()
        assert record["relative_norm"] == pytest.approx(float(update.norm() / frozen.norm()), rel=1e-5)
        assert record["effective_rank"] == pytest.approx(dense_effective_rank(update, record["rank"]), rel=1e-4)
        assert 1 <= record["effective_rank"] <= record["rank"]


def test_singular_values_are_those_of_the_dense_update(tmp_path: Path) -> None:
    weights, config, state, model = save_adapter(tmp_path, rank_pattern={"value": 2})
    finding = by_id(examine_adapter(weights, config, state))["examination.singular_values"]
    dense = dense_updates(model)
    assert {spectrum["module"] for spectrum in finding.value} == set(dense)
    for spectrum in finding.value:
        expected = torch.linalg.svdvals(dense[spectrum["module"]]).tolist()
        rank = 2 if spectrum["module"].endswith("value") else 4
        assert len(spectrum["values"]) == rank
        assert spectrum["values"] == pytest.approx(expected[:rank], rel=1e-3)
        assert all(value == float(f"{value:.4g}") for value in spectrum["values"])
    assert finding.source is not None and finding.source.file == WEIGHTS


def test_a_high_rank_leaves_the_evidence_small(tmp_path: Path) -> None:
    base = BertForSequenceClassification(BertConfig(**{**SMALL, "hidden_size": 96}))
    state = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    lora = LoraConfig(r=80, target_modules=["query"], task_type="SEQ_CLS", init_lora_weights=False)
    get_peft_model(base, lora).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    spectra = by_id(examine_adapter(tmp_path / WEIGHTS, config, state))["examination.singular_values"].value
    assert [len(spectrum["values"]) for spectrum in spectra] == [64, 64]


def test_a_rank_above_the_size_of_the_weight_is_measured_too(tmp_path: Path) -> None:
    weights, config, state, model = save_adapter(tmp_path, r=30, target_modules=["query"])
    records = by_id(examine_adapter(weights, config, state))["examination.update_norms"].value
    dense = dense_updates(model)
    for record in records:
        update = dense[record["module"]]
        frozen = state[record["module"] + ".weight"].double()
        assert record["relative_norm"] == pytest.approx(float(update.norm() / frozen.norm()), rel=1e-5)
        assert record["effective_rank"] == pytest.approx(dense_effective_rank(update, 12), rel=1e-4)


def test_roberta_layers_and_most_changed_follow_the_norms(tmp_path: Path) -> None:
    torch.manual_seed(1)
    config = RobertaConfig(**{**SMALL, "num_hidden_layers": 11, "max_position_embeddings": 20}, num_labels=5)
    base = RobertaForTokenClassification(config)
    state = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    lora = LoraConfig(r=2, target_modules=["query", "key"], task_type="TOKEN_CLS", init_lora_weights=False)
    model = get_peft_model(base, lora)
    with torch.no_grad():
        model.base_model.model.roberta.encoder.layer[10].attention.self.key.lora_B["default"].weight.mul_(50)
    model.save_pretrained(tmp_path)
    adapter_config = json.loads((tmp_path / "adapter_config.json").read_text())
    findings = by_id(examine_adapter(tmp_path / WEIGHTS, adapter_config, state))
    records = findings["examination.update_norms"].value
    layers = findings["examination.layers"].value
    assert [layer["layer"] for layer in layers] == list(range(11))
    for layer in layers:
        norms = [record["relative_norm"] for record in records if record["layer"] == layer["layer"]]
        assert layer["modules"] == len(norms) == 2
        assert layer["relative_norm"] == pytest.approx(sum(norms) / 2)
    assert records[-1]["module"] == "roberta.encoder.layer.10.attention.self.query"  # 10 comes after 9, not after 1
    text = findings["examination.most_changed"].value
    assert text.startswith("Most changed, as a share of the frozen weight's norm: roberta.encoder.layer.10.attention")
    assert "self.key" in text.split(",")[1]
    least = min(records, key=lambda record: record["relative_norm"])
    assert text.split(" Least: ")[1].startswith(least["module"])


def test_source_is_the_file_name_with_its_hash(tmp_path: Path) -> None:
    weights, config, state, _ = save_adapter(tmp_path)
    source = by_id(examine_adapter(weights, config, state))["examination.update_norms"].source
    assert source is not None and source.file == WEIGHTS and len(source.sha256) == 64


def test_base_may_be_wrapped_bare_or_a_function(tmp_path: Path) -> None:
    weights, config, state, model = save_adapter(tmp_path)
    expected = examine_adapter(weights, config, state)
    bare = {name.removeprefix("bert."): tensor for name, tensor in state.items()}
    assert examine_adapter(weights, config, dict(model.state_dict())) == expected
    assert examine_adapter(weights, config, dict(model.get_base_model().state_dict())) == expected
    assert examine_adapter(weights, config, bare) == expected
    assert examine_adapter(weights, config, state.__getitem__) == expected


def test_a_fresh_adapter_moved_nothing_and_says_so(tmp_path: Path) -> None:
    base = tiny_bert()
    state = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    get_peft_model(base, LoraConfig(target_modules=["query"], task_type="SEQ_CLS")).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    findings = by_id(examine_adapter(tmp_path / WEIGHTS, config, state))
    records = findings["examination.update_norms"].value
    assert [(record["relative_norm"], record["effective_rank"]) for record in records] == [(0.0, None)] * 2
    assert findings["examination.most_changed"].reason == "every update is zero: the adapter leaves the base as it is"


def test_the_difference_to_a_start_that_was_not_left_is_no_update() -> None:
    """Of [B, -B] [A; A] rounding alone is left, which has singular values like any other matrix."""
    torch.manual_seed(0)
    a, b = torch.randn(3, 7), torch.randn(5, 3)
    still = LowRankUpdate("m", torch.cat([a, a]), torch.cat([b, -b], dim=1), 1.0)
    assert measure_update(still, torch.ones(5, 7)).effective_rank is None
    moved = LowRankUpdate("m", torch.cat([a, a]), torch.cat([b + 1e-6, -b], dim=1), 1.0)
    assert measure_update(moved, torch.ones(5, 7)).effective_rank == pytest.approx(1.0, abs=0.2)


def test_effective_rank_of_equal_and_of_single_directions() -> None:
    equal = LowRankUpdate("m", torch.eye(3, 7), torch.eye(5, 3), 2.0)
    single = LowRankUpdate("m", torch.ones(3, 7), torch.ones(5, 3), 1.0)
    assert measure_update(equal, torch.ones(5, 7)).effective_rank == pytest.approx(3.0)
    assert measure_update(equal, torch.ones(5, 7)).relative_norm == pytest.approx(2 * math.sqrt(3) / math.sqrt(35))
    assert measure_update(single, torch.ones(5, 7)).effective_rank == pytest.approx(1.0, abs=1e-6)
    assert measure_update(single, torch.ones(5, 7)).relative_norm == pytest.approx(3.0)
    assert measure_update(single, torch.zeros(5, 7)).relative_norm is None


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "weights of the model itself were trained"),
        ({"peft_type": "IA3"}, "the method IA3 does not add a product of two factors"),
        ({"peft_type": "LORA", "use_dora": True}, "DoRA also rescales"),
    ],
)
def test_other_methods_are_not_measured_and_say_why(tmp_path: Path, config: dict, words: str) -> None:
    findings = examine_adapter(tmp_path / "absent.safetensors", config, {})
    assert [finding.status for finding in findings] == ["not measured"] * 4
    assert all(words in (finding.reason or "") for finding in findings)


def test_nan_and_infinity_are_named_together(tmp_path: Path) -> None:
    weights, config, state, _ = save_adapter(tmp_path)
    tensors = load_file(weights)
    first, second = sorted(name for name in tensors if "lora_" in name)[:2]
    tensors[first][0, 0] = math.nan
    tensors[second][0, :2] = math.inf
    save_file(tensors, weights)
    with pytest.raises(AdapterError) as error:
        examine_adapter(weights, config, state)
    assert error.value.problems == [
        f"{first} must hold finite numbers. Got 1 NaN or infinite of {tensors[first].numel()}.",
        f"{second} must hold finite numbers. Got 2 NaN or infinite of {tensors[second].numel()}.",
    ]


def test_missing_partner_wrong_base_and_broken_file_are_errors(tmp_path: Path) -> None:
    weights, config, state, _ = save_adapter(tmp_path)
    query = "bert.encoder.layer.0.attention.self.query"
    with pytest.raises(AdapterError, match=f"{query} must be a module of the base model"):
        examine_adapter(weights, config, {name: tensor for name, tensor in state.items() if query not in name})
    with pytest.raises(AdapterError, match=r"must fit the base's weight \(5, 5\)"):
        examine_adapter(weights, config, {**state, f"{query}.weight": torch.ones(5, 5)})
    tensors = load_file(weights)
    del tensors[f"base_model.model.{query}.lora_B.weight"]
    save_file(tensors, weights)
    with pytest.raises(AdapterError, match=f"{query} must have both lora_A and lora_B. lora_B is missing"):
        examine_adapter(weights, config, state)
    weights.write_bytes(b"not safetensors")
    with pytest.raises(AdapterError, match=r"adapter_model\.safetensors: cannot be read \(\d+ bytes\)"):
        examine_adapter(weights, config, state)
