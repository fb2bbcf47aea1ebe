"""LoRA's variants: where each starts, that it learns, and that stock PEFT loads what came of it on the base as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import EvaConfig, LoraConfig, get_peft_model, initialize_lora_eva_weights
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from tiny_training import Ground, make_ground, rows_of
from tunecard.adapters import add_adapter, put_trainable_state, save_adapter, trainable_state
from tunecard.adapters.conversion import on_untouched_base, widening_of
from tunecard.adapters.fused.freezing import Storage, rounded
from tunecard.adapters.merging import probe_logits
from tunecard.adapters.methods.method import AdapterPlan, Method
from tunecard.adapters.methods.registry import LORAS, METHODS, method_of, settings_of, switches_of
from tunecard.adapters.starts.registry import factors
from tunecard.adapters.targets import layers_in_blocks
from tunecard.encoders import Encoder, load_encoder, locate_base
from tunecard.evidence import RunFolder
from tunecard.evidence.adapter_file import read_header
from tunecard.stock.warm_parent import WarmParent
from tunecard.training import Trainer
from tunecard.training.start_rows import sample_start_rows

TinyBase = Callable[[str], Path]
VARIANTS = [method.name for method in LORAS] + ["adalora"]
MOVING = [name for name in VARIANTS if METHODS[name].moves_base and not METHODS[name].base_weights]
# These learn on a base that is stored smaller, and begin only near what it says in full.
ROUNDED = [name for name in VARIANTS if METHODS[name].base_weights]
SEED = 3
IDS = [[2, 10, 20, 30, 40, 3], [2, 11, 21, 31, 41, 3]]


def load(ground: Ground, base: Path) -> Encoder:
    task = ground.data.task
    return load_encoder(locate_base(str(base)), task.auto_class, task.labels, task.problem_type, SEED)


def plan_of(method: Method, encoder: Encoder, **given: Any) -> AdapterPlan:
    """Every setting at its default or by its rule, of a small rank."""
    settings: dict[str, Any] = {
        "rank": 4,
        "init_rank": 6,
        "target_modules": ["query", "value", "output.dense"],
        **given,
    }
    for setting in method.settings:
        rule = setting.rule
        ruled = setting.default if rule is None else rule.value(settings, layers_in_blocks(encoder.model))
        settings.setdefault(setting.key, ruled)
    return AdapterPlan(method.name, settings, encoder.new_modules, "SEQ_CLS")


@dataclass
class Made:
    """An adapter after three steps: as it was trained, and as it is shipped."""

    method: Method
    start: dict[str, Tensor]
    at_start: Tensor
    learned: dict[str, Tensor]
    trained: Tensor
    shipped: Any
    folder: Path


@cache
def ground_of(base: Path) -> Ground:
    return make_ground(base, "text")


def begun(base: Path, name: str, **given: Any) -> tuple[Encoder, Any, AdapterPlan]:
    ground = ground_of(base)
    encoder = load(ground, base)
    plan = plan_of(METHODS[name], encoder, **given)
    rows = sample_start_rows(ground.data, SEED, "cpu", storage_of(METHODS[name]))
    return encoder, add_adapter(encoder.model, plan, SEED, rows).eval(), plan


def storage_of(method: Method) -> Storage:
    return Storage(torch.float32, next(iter(method.base_weights), "full"))  # type: ignore[arg-type]


def make(base: Path, name: str, folder: Path) -> Made:
    ground, method = ground_of(base), METHODS[name]
    encoder, model, plan = begun(base, name)
    start, at_start = factors(model, method), probe_logits(model)
    own = {setting.key: plan.settings[setting.key] for setting in method.settings if not setting.peft}
    how = replace(ground.plan, epochs=1, optimizer=method.optimizer, rule=method.rule, method_settings=own,
                  base_weights=storage_of(method).stored)  # fmt: skip
    trainer = Trainer(model, ground.data, how, encoder.new_modules)
    trainer.total_steps = 3
    if trainer.rule is not None:
        trainer.rule = type(trainer.rule)(model, trainer.optimizer.optimizer, own, 3)
    for _ in range(3):
        model.train()
        trainer.require_finite(trainer.step(rows_of(ground.data.train)[:8]))
        trainer.result.steps += 1
    if trainer.rule is not None:
        trainer.rule.finish()
    learned = {key: tensor.detach().clone() for key, tensor in trainable_state(model).items()}
    trained, shipped = probe_logits(model.eval()), model
    if method.moves_base:
        shipped = on_untouched_base(load(ground, base).model, model.peft_config["default"], learned, start).eval()
    save_adapter(shipped, encoder.tokenizer, RunFolder(folder), base_id="anna/tiny", revision=None)
    return Made(method, start, at_start, learned, trained, shipped, folder)


@pytest.fixture(scope="module")
def every(tiny_base: TinyBase, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    place = tmp_path_factory.mktemp("variants")
    return {name: make(tiny_base("bert"), name, place / name) for name in VARIANTS}


CHILD = """
import json, torch
from pathlib import Path
from peft import PeftModel
from transformers import AutoConfig, AutoModelForSequenceClassification
asked = json.loads(Path("asked.json").read_text())
place, base, ids = Path(asked["place"]), asked["base"], torch.tensor(asked["ids"])
told = {}
for folder in sorted(place.iterdir()):
    model = AutoModelForSequenceClassification.from_pretrained(base, config=AutoConfig.from_pretrained(folder))
    model = PeftModel.from_pretrained(model, folder).eval()
    with torch.no_grad():
        told[folder.name] = model(input_ids=ids).logits.tolist()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def reloaded(
    every: dict[str, Made], tiny_base: TinyBase, tmp_path_factory: pytest.TempPathFactory, one_warm_parent: WarmParent
) -> dict[str, Any]:
    """Logits of every saved folder in one fresh process with stock PEFT and transformers."""
    place = every["lora"].folder.parent
    asked = {"place": str(place), "base": str(tiny_base("bert")), "ids": IDS}
    beside = tmp_path_factory.mktemp("asked")
    (beside / "asked.json").write_text(json.dumps(asked))
    assert one_warm_parent.is_ready()
    process = one_warm_parent.start(["-c", CHILD], beside)
    out, err = process.communicate()
    assert process.returncode == 0, err
    told: dict[str, Any] = json.loads(out)
    return told


@pytest.mark.parametrize("name", VARIANTS)
def test_stock_peft_gives_equal_logits_in_a_fresh_process(
    every: dict[str, Made], reloaded: dict[str, Any], name: str
) -> None:
    with torch.no_grad():
        ours = every[name].shipped(input_ids=torch.tensor(IDS)).logits
    assert torch.allclose(torch.tensor(reloaded[name]), ours, atol=1e-5)
    assert not torch.allclose(ours, every["lora"].shipped(input_ids=torch.tensor(IDS)).logits) or name == "lora"


@pytest.mark.parametrize("name", VARIANTS)
def test_what_learned_moved_and_what_was_drawn_stayed(every: dict[str, Made], name: str) -> None:
    made = every[name]
    assert not torch.allclose(made.trained, made.at_start, atol=1e-3)
    frozen = [key for key in made.start if key not in made.learned]
    assert {key.split(".lora_")[1][0] for key in frozen} == set(made.method.frozen_parts)
    state = dict(made.shipped.named_parameters())
    assert all(torch.equal(state[key], made.start[key]) for key in frozen)
    moved = [key for key in made.start if key in made.learned and made.learned[key].shape == made.start[key].shape]
    assert all(not torch.equal(made.learned[key], made.start[key]) for key in moved)


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in {"kasa", *ROUNDED}])
def test_a_start_answers_as_the_base_does(every: dict[str, Made], tiny_base: TinyBase, name: str) -> None:
    plain = probe_logits(load(ground_of(tiny_base("bert")), tiny_base("bert")).model)
    assert torch.allclose(every[name].at_start, plain, atol=2e-5)


@pytest.mark.parametrize("name", ROUNDED)
def test_a_start_on_a_rounded_base_is_nearer_to_the_base_than_that_is(
    every: dict[str, Made], tiny_base: TinyBase, name: str
) -> None:
    made = every[name]
    _, model, _ = begun(tiny_base("bert"), name)
    plain = load(ground_of(tiny_base("bert")), tiny_base("bert")).model
    whole, rest = probe_logits(plain), dict(plain.named_modules())
    for place in layers(model.get_base_model()):
        rest[place].weight.data = rounded(rest[place].weight.data, storage_of(made.method))
    assert float((made.at_start - whole).norm()) < 0.9 * float((probe_logits(plain) - whole).norm())
    # What is shipped before anything was learned is nothing, on the base in full.
    learned = {key: tensor.detach().clone() for key, tensor in trainable_state(model).items()}
    fresh = load(ground_of(tiny_base("bert")), tiny_base("bert")).model
    shipped = on_untouched_base(fresh, model.peft_config["default"], learned, factors(model, made.method))
    torch.testing.assert_close(probe_logits(shipped.eval()), whole, rtol=0, atol=1e-5)
    assert made.shipped.peft_config["default"].loftq_config == {} and not torch.allclose(
        probe_logits(made.shipped), whole
    )


@pytest.mark.parametrize("name", MOVING)
def test_the_difference_to_the_start_is_a_plain_lora_on_the_base_as_it_was(
    every: dict[str, Made], tiny_base: TinyBase, name: str
) -> None:
    made = every[name]
    assert torch.allclose(probe_logits(made.shipped), made.trained, atol=1e-5)
    fresh = dict(load(ground_of(tiny_base("bert")), tiny_base("bert")).model.named_parameters())
    for key, weight in made.shipped.get_base_model().named_parameters():
        plain = key.replace("base_layer.", "").replace("original_module.", "")
        if ".lora_" not in key and ".modules_to_save." not in key:
            assert torch.equal(weight, fresh[plain])
    config = made.shipped.peft_config["default"]
    assert (config.r, config.lora_alpha, config.init_lora_weights) == (8, 8, True)
    told = widening_of(config, made.learned, trainable_state(made.shipped), 0.0)
    assert told.shipped_parameters > told.trained_parameters


@pytest.mark.parametrize("name", VARIANTS)
def test_a_file_is_read_as_what_was_trained(every: dict[str, Made], name: str) -> None:
    made = every[name]
    config = json.loads((made.folder / "adapter_config.json").read_text())
    assert method_of(config, name) is made.method
    assert method_of(config) is (made.method if made.method.fixed and not made.method.moves_base else method_of(config))
    read = settings_of(config, name)
    rank = {"adalora": ("init_rank", 6)}.get(name, ("rank", 4))
    assert read[rank[0]] == rank[1] and switches_of(config, name) == {}
    header = read_header(made.folder / "adapter_model.safetensors")
    learned = made.method.learned_size(header, {key: tensor.size for key, tensor in header.items()})
    counted = sum(p.numel() for p in made.shipped.parameters() if p.requires_grad)
    assert learned == counted
    assert len(made.method.adapted(header)) == 8


def weights_of(base: Path) -> dict[str, Tensor]:
    return {name: p.detach() for name, p in load(ground_of(base), base).model.named_parameters()}


def layers(model: nn.Module) -> dict[str, Any]:
    return {name: module for name, module in model.named_modules() if isinstance(module, LoraLayer)}


def test_pissa_starts_as_the_largest_part_of_each_weight(tiny_base: TinyBase) -> None:
    """Against numpy's decomposition."""
    _, model, _ = begun(tiny_base("bert"), "pissa", alpha=8.0)
    whole = weights_of(tiny_base("bert"))
    for name, layer in layers(model.get_base_model()).items():
        u, s, v = np.linalg.svd(whole[f"{name}.weight"].numpy(), full_matrices=False)
        product = 2.0 * layer.lora_B["default"].weight @ layer.lora_A["default"].weight
        assert np.allclose(product.detach().numpy(), (u[:, :4] * s[:4]) @ v[:4], atol=1e-4)


def test_olora_starts_from_an_orthonormal_basis(tiny_base: TinyBase) -> None:
    _, model, _ = begun(tiny_base("bert"), "olora")
    whole = weights_of(tiny_base("bert"))
    for name, layer in layers(model.get_base_model()).items():
        b = layer.lora_B["default"].weight
        q = np.linalg.qr(whole[f"{name}.weight"].numpy())[0][:, :4]
        assert torch.allclose(b.t() @ b, torch.eye(4), atol=1e-5)
        assert np.allclose(np.abs(b.detach().numpy()), np.abs(q), atol=1e-4)


def test_eva_starts_where_peft_starts_it_from_the_same_rows(tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    encoder, model, plan = begun(base, "eva")
    rows = sample_start_rows(ground_of(base).data, SEED, "cpu")
    config = LoraConfig(r=4, target_modules=plan.settings["target_modules"], init_lora_weights="eva",
                        eva_config=EvaConfig(rho=1.0), modules_to_save=encoder.new_modules)  # fmt: skip
    stock = get_peft_model(load(ground_of(base), base).model, config).eval()
    initialize_lora_eva_weights(stock, list(rows.batches), show_progress_bar=False)
    ours, theirs = layers(model), layers(stock)
    assert ours.keys() == theirs.keys()
    for name, layer in ours.items():
        a = layer.lora_A["default"].weight
        assert torch.allclose(a.abs(), theirs[name].lora_A["default"].weight.abs(), atol=1e-4)
        assert torch.allclose(a @ a.t(), torch.eye(4), atol=1e-4)


def test_lora_ga_starts_along_the_gradient_of_the_whole_weight(tiny_base: TinyBase) -> None:
    """A lies in the space of the largest right singular vectors of the mean gradient that autograd gives."""
    base = tiny_base("bert")
    _, model, _ = begun(base, "lora-ga")
    plain = load(ground_of(base), base).model.eval()
    for loss in (rows := sample_start_rows(ground_of(base).data, SEED, "cpu")).losses(plain):
        loss.backward()
    assert len(rows.batches) == 2
    gradients = {name: p.grad for name, p in plain.named_parameters() if p.grad is not None}
    for name, layer in layers(model.get_base_model()).items():
        _, _, v = torch.linalg.svd(gradients[f"{name}.weight"])
        a = layer.lora_A["default"].weight
        inside = (a @ v[:4].t() @ v[:4]).norm() / a.norm()
        assert inside > 0.99, name


def test_corda_leaves_what_the_rows_do_not_use(tiny_base: TinyBase) -> None:
    """ipm takes a larger part of what the layer gives to real rows than PiSSA, which knows no rows."""
    base = tiny_base("bert")
    rows = sample_start_rows(ground_of(base).data, SEED, "cpu")
    seen: dict[str, list[Tensor]] = {}
    plain = load(ground_of(base), base).model.eval()
    for name, module in plain.named_modules():
        if isinstance(module, nn.Linear):
            module.register_forward_hook(lambda m, x, y, name=name: seen.setdefault(name, []).append(x[0][0]))
    with torch.no_grad():
        for inputs in rows.one_by_one():
            plain(**inputs)
    left: dict[str, float] = {}
    for method in ("corda", "pissa"):
        _, model, _ = begun(base, method)
        found = layers(model.get_base_model())
        left[method] = sum(
            float((torch.cat(seen[name]) @ layer.base_layer.weight.t()).norm() ** 2) for name, layer in found.items()
        )
    assert left["corda"] < left["pissa"]


def test_a_config_of_another_tool_is_told_by_its_fields() -> None:
    names = {
        "pissa": "pissa",
        "pissa_niter_4": "pissa",
        "olora": "olora",
        "eva": "eva",
        "mica": "mica",
        "gaussian": "lora",
    }
    for start, name in names.items():
        assert method_of({"peft_type": "LORA", "r": 8, "init_lora_weights": start}) is METHODS[name]
    assert method_of({"peft_type": "LORA", "kasa_config": {"beta": 1}}) is METHODS["kasa"]
    assert method_of({"peft_type": "LORA", "init_lora_weights": True}, "lora-plus") is METHODS["lora-plus"]
    assert method_of({"peft_type": "LORA", "use_dora": True}, "lora-plus") is METHODS["lora-plus"]
    assert switches_of({"peft_type": "LORA", "use_dora": True}, "lora-plus") == {"use_dora": True}


def test_a_start_without_rows_has_the_same_shape(tiny_base: TinyBase) -> None:
    """What is only timed, or filled with what was learned, needs no decomposition."""
    for name in ("corda", "eva", "pissa"):
        _, model, plan = begun(tiny_base("bert"), name)
        again = add_adapter(load(ground_of(tiny_base("bert")), tiny_base("bert")).model, plan, SEED)
        put_trainable_state(again, trainable_state(model))
        assert trainable_state(again).keys() == trainable_state(model).keys()
