"""An earlier adapter that a training starts from: what fits is put in place as it is, what does not is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from foreign_adapters import CLASSES, change_config, make_foreign, write_rows
from peft import IA3Config, LoraConfig, get_peft_model_state_dict
from safetensors.torch import load_file

from tunecard.adapters.adding import add_adapter
from tunecard.adapters.earlier import find_earlier, put_earlier
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import AdapterError, RecipeError
from tunecard.evidence import Findings, RunFolder, measured
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun
from tunecard.reporting.starting import start_finding

LORA: dict[str, Any] = {"task_type": "SEQ_CLS", "r": 4, "lora_alpha": 8, "target_modules": ["query", "value"]}
SHORT = {"max_length": 32}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows", "SEQ_CLS", ("train", "validation", "test"))


def prepared(base: Path, rows: Path, start: Path | str, **adapter: Any) -> PreparedRun:
    content = {
        "base_model": str(base),
        "data": {"source": str(rows)} | SHORT,
        "adapter": {"start_from": str(start)} | adapter,
    }
    return prepare(Plans(check_recipe(content)))


def faults(base: Path, rows: Path, start: Path | str, **adapter: Any) -> str:
    with pytest.raises(AdapterError) as caught:
        prepared(base, rows, start, **adapter)
    return str(caught.value)


def test_settings_left_open_are_those_of_the_adapter(tiny_base: Any, rows: Path, tmp_path: Path) -> None:
    base = tiny_base("roberta")
    adapter = make_foreign(tmp_path / "first", base, LoraConfig(**LORA))
    run = prepared(base, rows, adapter)
    asked = run.plans.recipe.adapter
    assert (asked.settings["rank"], asked.settings["alpha"]) == (4, 8)
    assert asked.settings["target_modules"] == ["query", "value"]
    assert run.plans.recipe.training.warm_start == "none"
    finding = start_finding(run.start)
    assert finding.value["compared_by"] == "shapes" and finding.value["head"] == "new"
    assert (finding.value["name"], finding.value["method"], finding.value["data"]) == ("first", "lora", None)


def test_what_differs_is_refused_with_every_reason(tiny_base: Any, rows: Path, tmp_path: Path) -> None:
    base = tiny_base("roberta")
    adapter = make_foreign(tmp_path / "first", base, LoraConfig(**LORA))
    said = faults(base, rows, adapter, rank=8, alpha=32.0)
    assert "first has adapter.rank 4. Got 8." in said and "has adapter.alpha 8. Got 32.0." in said
    assert "adapts other layers" in faults(base, rows, adapter, target_modules=["query"])
    assert "is of the method lora. Got adapter.method ia3." in faults(base, rows, adapter, method="ia3")
    scaled = make_foreign(tmp_path / "scaled", base, LoraConfig(**LORA, use_rslora=True))
    assert "scaled is of the method rslora. Got adapter.method lora." in faults(base, rows, scaled)


def test_a_base_of_other_shapes_is_refused(tiny_base: Any, rows: Path, tmp_path: Path) -> None:
    adapter = make_foreign(tmp_path / "first", tiny_base("roberta"), LoraConfig(**LORA))
    assert "adapts other layers" in faults(tiny_base("distilbert"), rows, adapter, target_modules=["q_lin", "v_lin"])


def test_a_base_is_known_by_its_weights_not_its_name(tiny_base: Any, rows: Path, tmp_path: Path) -> None:
    base = tiny_base("roberta")
    adapter = make_foreign(tmp_path / "first", base, LoraConfig(**LORA))
    RunFolder(adapter).write_findings(
        Findings([measured("base_model.weights_sha256", "0" * 64), measured("base_model.id", "anna/other")])
    )
    said = faults(base, rows, adapter)
    assert "was trained on anna/other with weights sha256 000000000000." in said and "whose weights are others" in said


def test_dropout_may_change(tiny_base: Any, rows: Path, tmp_path: Path) -> None:
    base = tiny_base("roberta")
    adapter = make_foreign(tmp_path / "first", base, LoraConfig(**LORA, lora_dropout=0.5))
    assert prepared(base, rows, adapter, dropout=0.0).plans.recipe.adapter.settings["dropout"] == 0


def test_nothing_there(tiny_base: Any, rows: Path, tmp_path: Path) -> None:
    assert "There is no './runs/none' here." in faults(tiny_base("roberta"), rows, "./runs/none")
    (tmp_path / "empty").mkdir()
    assert "adapter_config.json" in faults(tiny_base("roberta"), rows, tmp_path / "empty")


def test_a_phase_without_labels_is_no_start(tiny_base: Any, rows: Path, tmp_path: Path) -> None:
    base = tiny_base("roberta")
    adapter = make_foreign(tmp_path / "first", base, LoraConfig(**LORA))
    content = {"base_model": str(base), "data": {"source": str(rows)} | SHORT, "training": {"warm_start": "mean"}}
    with pytest.raises(RecipeError, match="warm_start must be none or auto where adapter.start_from"):
        prepare(Plans(check_recipe({**content, "adapter": {"start_from": str(adapter)}})))


@pytest.mark.parametrize("kind", [LoraConfig(**LORA), IA3Config(task_type="SEQ_CLS")])
@pytest.mark.parametrize("is_told", [True, False])
def test_weights_arrive_and_the_head_where_labels_are_the_same(
    kind: Any, is_told: bool, tiny_base: Any, rows: Path, tmp_path: Path
) -> None:
    base = tiny_base("roberta")
    adapter = make_foreign(tmp_path / "first", base, kind)
    if is_told:
        names = {str(id): name for id, name in enumerate(CLASSES)}
        (adapter / "config.json").write_text(json.dumps({"id2label": names}))
    method = "ia3" if isinstance(kind, IA3Config) else "lora"
    run = prepared(base, rows, adapter, method=method)
    assert run.start is not None
    assert run.start.with_head is is_told, (run.start.adapter.labels, run.task.labels, run.plans.recipe.adapter)
    plan = run.plans.adapter(run.task, run.encoder.new_modules, method)
    encoder = fresh(run)
    model = add_adapter(encoder, plan, 3)
    before = {key: value.clone() for key, value in get_peft_model_state_dict(model).items()}
    put_earlier(model, find_earlier(str(adapter), tmp_path), plan, with_head=run.start.with_head)
    after, first = get_peft_model_state_dict(model), load_file(adapter / "adapter_model.safetensors")
    head = {key for key in first if ".classifier." in key}
    assert head and all(torch.equal(after[key], first[key]) for key in first.keys() - head)
    assert all(torch.equal(after[key], (first if is_told else before)[key]) for key in head)


def fresh(run: PreparedRun) -> Any:
    from tunecard.encoders import load_encoder

    return load_encoder(run.base, run.task.auto_class, run.task.labels, run.task.problem_type, seed=3).model


def test_placeholder_labels_are_none(tiny_base: Any, tmp_path: Path) -> None:
    adapter = make_foreign(tmp_path / "first", tiny_base("roberta"), LoraConfig(**LORA))
    (adapter / "config.json").write_text(json.dumps({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}))
    assert find_earlier("first", tmp_path).labels is None
    change_config(adapter, base_model_name_or_path=None)
    assert find_earlier(str(adapter), Path("/")).name == "first"
