"""A run in bf16: its base is stored so from the beginning, and what is saved and scored stands on the base in fp32."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import token_recipe
from torch import nn

from tunecard.encoders import Encoder, load_encoder
from tunecard.evidence import RunFolder
from tunecard.inference import fast_path
from tunecard.pipeline import learning, run
from tunecard.pipeline.estimating import estimate
from tunecard.pipeline.learning import learn, learn_together
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import PreparedRun, RunContext
from tunecard.pipeline.progress import SILENCE
from tunecard.training.result import Trained
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")
TinyBase = Callable[[str], Path]


def recipe_in_bf16(base: Path, data: Path, **blocks: Any) -> Any:
    training = {"epochs": 2, "train_batch_size": 8, "precision": "bf16-mixed"} | blocks.pop("training", {})
    return token_recipe(base, data, training=training, **blocks)


def make_context(prepared: PreparedRun, folder: Path) -> RunContext:
    return RunContext(prepared, RunFolder(folder), SILENCE)


def frozen_in_blocks(model: Any) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in model.named_parameters() if ".layer." in name and not tensor.requires_grad}


@pytest.fixture
def prepared(tiny_base: TinyBase, token_data: Path) -> PreparedRun:
    return prepare(Plans(recipe_in_bf16(tiny_base("roberta"), token_data)))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[torch.dtype, Encoder, list[str]]]:
    """Every base that trainings load: its dtype, the encoder, and on which devices all earlier ones lay by then."""
    found: list[tuple[torch.dtype, Encoder, list[str]]] = []

    def watched(*arguments: Any) -> Encoder:
        lay = {weight.device.type for _, encoder, _ in found for weight in encoder.model.parameters()}
        encoder = load_encoder(*arguments)
        found.append((arguments[5] if len(arguments) > 5 else torch.float32, encoder, sorted(lay)))
        return encoder

    monkeypatch.setattr(learning, "load_encoder", watched)
    return found


def assert_on_the_exact_base(trained: Trained, prepared: PreparedRun) -> None:
    task = prepared.task
    base = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, 0).model
    weights = base.state_dict()
    found = frozen_in_blocks(trained.model)
    assert len(found) > 20
    for name, weight in found.items():
        own = name.removeprefix("base_model.model.").replace(".base_layer.", ".")
        assert torch.equal(weight, weights[own]), name


def test_what_is_known_before_training_holds_no_weights(prepared: PreparedRun) -> None:
    assert {weight.device.type for weight in prepared.encoder.model.parameters()} == {"meta"}


def test_the_rounded_base_is_gone_before_the_exact_one_is_read(
    prepared: PreparedRun, tmp_path: Path, loads: list[tuple[torch.dtype, Encoder, list[str]]]
) -> None:
    trained = learn(make_context(prepared, tmp_path), "lora", 1)
    assert [dtype for dtype, _, _ in loads] == [torch.bfloat16, torch.float32]
    assert loads[1][2] == ["meta"]
    assert trained.result.path["compute_dtype"] == "bfloat16" and trained.probe is not None
    assert_on_the_exact_base(trained, prepared)


def test_seeds_that_shared_a_rounded_base_end_on_exact_ones(
    prepared: PreparedRun, tmp_path: Path, loads: list[tuple[torch.dtype, Encoder, list[str]]]
) -> None:
    all_trained = learn_together(make_context(prepared, tmp_path), "lora", [1, 2])
    assert [dtype for dtype, _, _ in loads] == [torch.bfloat16] * 2 + [torch.float32] * 2
    assert loads[2][2] == ["meta"]
    for trained in all_trained:
        assert_on_the_exact_base(trained, prepared)
    heads = [trained.model.get_parameter("base_model.model.classifier.modules_to_save.default.weight") for trained in all_trained]  # fmt: skip
    assert not torch.equal(*heads)


def test_a_base_that_the_gate_refuses_ends_exact_as_well(
    prepared: PreparedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(fast_path, "TOLERANCE", -1.0)
        trained = learn(make_context(prepared, tmp_path), "lora", 1)
    assert trained.result.path["compute_dtype"] == "float32" and not trained.result.path["is_packed"]
    assert_on_the_exact_base(trained, prepared)


@pytest.mark.parametrize(("method", "bias"), [("full", "none"), ("lora", "all")])
def test_blocks_whose_weights_learn_are_never_rounded(
    tiny_base: TinyBase, token_data: Path, method: str, bias: str
) -> None:
    recipe = recipe_in_bf16(tiny_base("roberta"), token_data, adapter={"rank": 4, "bias": bias})
    encoder = learning.load_for_training(prepare(Plans(recipe)), method, 1)
    assert {weight.dtype for weight in encoder.model.parameters()} == {torch.float32}


def test_a_trained_model_can_be_let_go_whoever_holds_it(prepared: PreparedRun, tmp_path: Path) -> None:
    trained = learn(make_context(prepared, tmp_path), "lora", 1)
    before = {name: tensor.detach().clone() for name, tensor in learning.trainable_state(trained.model).items()}
    model: nn.Module = trained.model
    kept = learning.release_frozen_weights(model)
    assert {weight.device.type for weight in model.parameters()} == {"meta"}
    assert not any("forward" in module.__dict__ for module in model.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in kept.items()) and before.keys() == kept.keys()


def test_a_run_in_bf16_verifies(tiny_base: TinyBase, token_data: Path, tmp_path: Path) -> None:
    recipe = recipe_in_bf16(tiny_base("bert"), token_data, evaluation={"controls": ["head", "full"]})
    folder = run(recipe, out=tmp_path / "run")
    report = verify(folder.path)
    assert report.ok, [check for check in report.checks if check.ok is False]
    findings = folder.read_findings()
    assert findings.value("reload.max_logit_difference") < 1e-4  # fp32 on both sides
    assert len(findings.value("examination.update_norms")) == findings.value("adapter.adapted_layers")
    assert findings.value("training.precision") == "bf16-mixed"


def test_a_dry_run_in_bf16_gives_an_estimate(tiny_base: TinyBase, token_data: Path) -> None:
    recipe = recipe_in_bf16(tiny_base("bert"), token_data, evaluation={"controls": ["head", "full"]})
    told = estimate(recipe)
    assert told.memory_bytes[0] > 0 and told.timed_steps > 0
    assert all(stage.seconds >= 0 for stage in told.stages)
    assert [stage.name for stage in told.stages][-3:-1] == ["control 'head'", "control 'full'"]
    assert told.seconds[0] < sum(stage.seconds for stage in told.stages) < told.seconds[1] < 1.5 * told.seconds[0]
