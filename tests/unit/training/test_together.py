"""Several seeds at once against each of them alone: losses, weights, checkpoints, early stopping, memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tiny_models import lora_plan
from tiny_training import Ground, make_ground
from tunecard.adapters import add_adapter, trainable_state
from tunecard.adapters.fused.shared_base import why_not_shared
from tunecard.encoders import is_packed, pack
from tunecard.errors import Interrupted, RecipeError
from tunecard.inference import predict_logits
from tunecard.training import TrainingResult, train
from tunecard.training.checkpoint import Checkpoint
from tunecard.training.seeds import together as subject
from tunecard.training.seeds.joint_steps import join
from tunecard.training.seeds.together import is_joint_training_faster, train_together, why_not_together

TinyBase = Callable[[str], Path]
SEEDS = (3, 4, 9)


def grounds(base: Path, kind: str = "text", seeds: tuple[int, ...] = SEEDS, **settings: Any) -> list[Ground]:
    """One a seed: the same base and rows, adapters and heads of its own, B not zero."""
    made = [make_ground(base, kind, **{"seed": seed, **settings}) for seed in seeds]
    for ground in made:
        generator = torch.Generator().manual_seed(ground.plan.seed)
        for tensor in trainable_state(ground.model).values():
            tensor.data += 0.1 * torch.randn(tensor.shape, generator=generator)
    return made


def alone(made: list[Ground], folder: Path) -> tuple[list[TrainingResult], list[list[tuple[int, int, float]]]]:
    steps: list[list[tuple[int, int, float]]] = [[] for _ in made]
    results = [
        train(
            ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder / f"alone-{number}",
            on_step=lambda *step, number=number: steps[number].append(step),
        )
        for number, ground in enumerate(made)
    ]  # fmt: skip
    return results, steps


def joint(made: list[Ground], folder: Path, **settings: Any) -> tuple[list[TrainingResult], list[list[Any]]]:
    steps: list[list[Any]] = [[] for _ in made]
    results = train_together(
        [ground.model for ground in made], made[0].data, [ground.plan for ground in made], made[0].encoder.new_modules,
        [folder / f"joint-{number}" for number in range(len(made))],
        on_step=lambda number, *step: steps[number].append(step), **settings,
    )  # fmt: skip
    return results, steps


def refuse(*arguments: Any, **settings: Any) -> Any:
    raise AssertionError("seeds were trained one after the other")


def assert_same(found: list[Ground], expected: list[Ground]) -> None:
    for one, other in zip(found, expected, strict=True):
        state, reference = one.state(), other.state()
        assert state.keys() == reference.keys()
        for name, tensor in reference.items():
            torch.testing.assert_close(state[name], tensor, rtol=1e-5, atol=1e-5, msg=name)


@pytest.mark.parametrize("kind", ["text", "tokens"])
@pytest.mark.parametrize(
    ("architecture", "method"),
    [
        ("bert", "lora"),
        ("bert-no-pooler", "lora"),
        ("roberta", "lora"),
        ("roberta", "head"),
        ("distilbert", "lora"),
        ("modernbert", "lora"),
    ],
)
def test_each_seed_learns_as_it_would_alone(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str, kind: str, method: str
) -> None:
    expected, found = (grounds(tiny_base(architecture), kind, method=method, epochs=2) for _ in range(2))
    starts = [ground.state() for ground in found]
    results, steps = alone(expected, tmp_path)
    monkeypatch.setattr(subject, "train", refuse)
    joint_results, joint_steps = joint(found, tmp_path)
    for one, other in zip(joint_steps, steps, strict=True):
        assert [step[:2] for step in one] == [step[:2] for step in other]
        assert [step[2] for step in one] == pytest.approx([step[2] for step in other], rel=1e-5, abs=1e-5)
    for result, reference in zip(joint_results, results, strict=True):
        for record, other_record in zip(result.curve, reference.curve, strict=True):
            assert record.as_dict() == pytest.approx(other_record.as_dict(), rel=1e-4, abs=1e-5)
        assert (result.steps, result.rows, result.real_tokens) == (
            reference.steps,
            reference.rows,
            reference.real_tokens,
        )
        assert (result.best_epoch, result.stopped) == (reference.best_epoch, reference.stopped)
        assert result.rescored == pytest.approx(result.best_score)
        assert result.observed_dtypes == reference.observed_dtypes
    assert_same(found, expected)
    for ground, start in zip(found, starts, strict=True):
        assert all(not torch.equal(tensor, start[name]) for name, tensor in ground.state().items())
    assert not torch.allclose(*(next(iter(ground.state().values())) for ground in found[:2]))


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_accumulation_class_weights_and_small_passes(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A step in several batches and several passes, some without a row of every seed."""
    settings: dict[str, Any] = {"gradient_accumulation_steps": 2, "class_weights": "balanced", "epochs": 2}
    expected, found = (grounds(tiny_base("roberta"), kind, **settings) for _ in range(2))
    alone(expected, tmp_path)
    monkeypatch.setattr(subject, "train", refuse)
    monkeypatch.setattr("tunecard.training.passes.MAX_TOKENS", 40)
    joint(found, tmp_path)
    assert_same(found, expected)


def test_one_seed_stops_early_and_the_others_go_on(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeds of whom one gains longer than another, as the same training alone says."""
    settings: dict[str, Any] = {"epochs": 7, "early_stopping": 1, "best_metric": "loss", "learning_rate": 1e-3}
    seeds = (3, 4, 9, 11)
    expected, found = (
        grounds(tiny_base("roberta"), seeds=seeds, head_learning_rate=1e-3, **settings) for _ in range(2)
    )
    results, _ = alone(expected, tmp_path)
    assert len({len(result.curve) for result in results}) > 1
    monkeypatch.setattr(subject, "train", refuse)
    joint_results, _ = joint(found, tmp_path)
    assert [len(result.curve) for result in joint_results] == [len(result.curve) for result in results]
    assert [result.stopped for result in joint_results] == [result.stopped for result in results]
    assert_same(found, expected)


@pytest.mark.parametrize("stop_at", [2, 6, 7])
def test_a_stopped_training_goes_on(tiny_base: TinyBase, tmp_path: Path, stop_at: int) -> None:
    """In an epoch, at its last step and behind it: the weights are those of a training that was not stopped."""
    expected, stopped, resumed = (grounds(tiny_base("roberta"), epochs=3, dropout=0.1) for _ in range(3))
    _, steps = joint(expected, tmp_path / "whole")
    asked = iter(range(100))
    with pytest.raises(Interrupted, match="stopped after step") as caught:
        joint(stopped, tmp_path / "cut", should_stop=lambda: next(asked) == stop_at)
    assert "--resume" in str(caught.value)
    results, later_steps = joint(resumed, tmp_path / "cut", resume=True)
    assert 0 < len(later_steps[0]) < len(steps[0])
    assert [step[2] for step in later_steps[1]] == pytest.approx([step[2] for step in steps[1][-len(later_steps[1]) :]])
    assert_same(resumed, expected)
    assert all(result.steps == 18 for result in results)


def test_seeds_that_were_saved_apart_go_on(tiny_base: TinyBase, tmp_path: Path) -> None:
    """A crash between two checkpoints leaves one seed an epoch ahead: all go on from where all have been.

    Dropout draws for all seeds from one source, so that every bit would differ from there on.
    """
    expected, cut, resumed = (grounds(tiny_base("roberta"), epochs=3, dropout=0.1) for _ in range(3))
    joint(expected, tmp_path / "whole")

    class Crash(Exception):
        pass

    def crash(number: int, record: Any) -> None:
        if number == 0 and record.epoch == 2:
            raise Crash

    with pytest.raises(Crash):
        joint(cut, tmp_path / "cut", on_epoch=crash)
    _, steps = joint(resumed, tmp_path / "cut", resume=True)
    assert [len(own) for own in steps] == [12, 12, 12]
    assert_same(resumed, expected)


def test_a_crash_between_the_first_checkpoints_begins_anew(tiny_base: TinyBase, tmp_path: Path) -> None:
    expected, cut, resumed = (grounds(tiny_base("roberta"), epochs=2, dropout=0.1) for _ in range(3))
    joint(expected, tmp_path / "whole")

    def crash(number: int, record: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        joint(cut, tmp_path / "cut", on_epoch=crash)
    _, steps = joint(resumed, tmp_path / "cut", resume=True)
    assert [len(own) for own in steps] == [12, 12, 12]
    assert_same(resumed, expected)


def checkpoints(*steps: int, ended: int = 0) -> list[Checkpoint]:
    """Newest first; `ended` is the step after which the run had stopped early."""
    return [
        Checkpoint(Path(), TrainingResult(steps=step, stopped="early" if step == ended else ""), {"epoch": 1})
        for step in steps
    ]


@pytest.mark.parametrize(
    ("found", "moment"),
    [
        ([checkpoints(12, 6), checkpoints(12, 6)], [12, 12]),
        ([checkpoints(12, 6), checkpoints(6)], [6, 6]),
        ([checkpoints(12, 6), checkpoints(18, 12)], [12, 12]),
        ([checkpoints(6, ended=6), checkpoints(18, 12)], [6, 18]),
        ([checkpoints(12, 6, ended=12), checkpoints(6)], [6, 6]),
        ([checkpoints(12, 6), checkpoints()], []),
        ([checkpoints(18), checkpoints(12)], []),
    ],
)
def test_the_newest_moment_that_all_have_seen(found: list[list[Checkpoint]], moment: list[int]) -> None:
    assert [checkpoint.step for checkpoint in subject.common_moment(found, epochs=3)] == moment


def test_frozen_weights_are_there_once_and_models_work_alone(tiny_base: TinyBase, tmp_path: Path) -> None:
    made = grounds(tiny_base("roberta"), "tokens", epochs=1)
    before = [
        {name: weight.detach().clone() for name, weight in ground.model.named_parameters() if not weight.requires_grad}
        for ground in made
    ]
    joint(made, tmp_path)
    host = {name: weight.data_ptr() for name, weight in made[0].model.named_parameters() if not weight.requires_grad}
    for ground, values in zip(made, before, strict=True):
        own = dict(ground.model.named_parameters())
        assert all(own[name].data_ptr() == at for name, at in host.items() if ".original_module." not in name)
        assert all(torch.equal(own[name], value) for name, value in values.items())
        assert not ground.model.training
    learned = {weight.data_ptr() for ground in made for weight in trainable_state(ground.model).values()}
    assert len(learned) == len(SEEDS) * len(made[0].state())
    assert [is_packed(ground.model) for ground in made] == [True, False, False]
    fresh = make_ground(tiny_base("roberta"), "tokens")
    for ground in made:
        with torch.no_grad():
            for name, tensor in trainable_state(fresh.model).items():
                tensor.copy_(ground.state()[name])
        ours, stock = (predict_logits(model, ground.data.validation, 1) for model in (ground.model, fresh.model))
        for logits, reference in zip(ours, stock, strict=True):
            torch.testing.assert_close(torch.tensor(logits), torch.tensor(reference), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("precision", "dtype"), [("bf16-mixed", "bfloat16"), ("fp16-mixed", "float16"), ("bf16", "bfloat16")]
)
def test_short_types_learn(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str, dtype: str
) -> None:
    expected, found = (grounds(tiny_base("roberta"), epochs=2, precision=precision) for _ in range(2))
    _, steps = alone(expected, tmp_path)
    monkeypatch.setattr(subject, "train", refuse)
    results, joint_steps = joint(found, tmp_path)
    assert results[1].observed_dtypes["products of frozen layers"] == dtype
    for one, other in zip(joint_steps, steps, strict=True):
        assert [step[2] for step in one] == pytest.approx([step[2] for step in other], rel=0.1, abs=0.05)


def test_each_seed_has_its_own_scale(tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second seed's gradients overflow: its steps are skipped, those of the others are not; also when resumed."""
    expected, cut, resumed = (grounds(tiny_base("roberta"), epochs=2, precision="fp16-mixed") for _ in range(3))
    for made in (expected, cut, resumed):
        weight = next(iter(trainable_state(made[1].model).values()))
        weight.register_hook(lambda grad: torch.where(grad.abs().max() > 0.5, grad * float("inf"), grad))
    results, _ = joint(expected, tmp_path / "whole")
    assert results[1].skipped_steps > results[0].skipped_steps
    asked = iter(range(100))
    with pytest.raises(Interrupted):
        joint(cut, tmp_path / "cut", should_stop=lambda: next(asked) == 3)
    again, _ = joint(resumed, tmp_path / "cut", resume=True)
    assert [result.skipped_steps for result in again] == [result.skipped_steps for result in results]
    for one, other in zip(resumed, expected, strict=True):
        for name, tensor in other.state().items():
            assert torch.equal(one.state()[name], tensor), name


def test_a_loss_that_is_not_finite_is_told(tiny_base: TinyBase, tmp_path: Path) -> None:
    made = grounds(tiny_base("roberta"))
    next(iter(trainable_state(made[1].model).values())).data.fill_(float("inf"))
    with pytest.raises(RecipeError, match="is not finite in 5 steps in a row, up to step 5"):
        joint(made, tmp_path)


def test_what_cannot_be_joined_is_trained_one_after_the_other(tiny_base: TinyBase, tmp_path: Path) -> None:
    expected, found = (grounds(tiny_base("bert"), method="full", epochs=1) for _ in range(2))
    assert "learns, which is neither" in str(why_not_shared([ground.model for ground in found]))
    results, _ = alone(expected, tmp_path)
    joint_results, steps = joint(found, tmp_path)
    assert [len(own) for own in steps] == [6, 6, 6]
    assert [result.best_score for result in joint_results] == [result.best_score for result in results]
    assert_same(found, expected)


def test_joining_pays_where_one_seed_leaves_a_processor_idle(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("bert"))
    assert is_joint_training_faster(ground.model, ground.data, ground.plan)
    busy = replace(ground.plan, train_batch_size=10**5)
    assert not is_joint_training_faster(ground.model, ground.data, busy)
    assert not is_joint_training_faster(
        ground.model, ground.data, replace(ground.plan, gradient_accumulation_steps=10**5)
    )
    assert is_joint_training_faster(ground.model, ground.data, replace(busy, device="cuda"))


def test_where_it_does_not_pay_seeds_are_trained_one_after_the_other(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "MOST_WORK", 0)
    expected, found = (grounds(tiny_base("bert"), epochs=1) for _ in range(2))
    alone(expected, tmp_path)
    monkeypatch.setattr(subject, "JointSteps", refuse)
    joint(found, tmp_path)
    assert all(
        torch.equal(one.state()[name], tensor)
        for one, other in zip(found, expected, strict=True) for name, tensor in other.state().items()
    )  # fmt: skip


def test_reasons_not_to_join(tiny_base: TinyBase) -> None:
    one, two = grounds(tiny_base("bert"), seeds=(1, 2))
    models, plans = [one.model, two.model], [one.plan, two.plan]
    assert why_not_together(models, plans) is None
    assert why_not_together(models, [plans[0], replace(plans[1], epochs=9)]) == "the plans differ in more than the seed"
    logged = [replace(plan, log_to=("mlflow",)) for plan in plans]
    assert why_not_together(models, logged) == "mlflow can follow one training at a time"
    two.encoder.model.base_model.embeddings.word_embeddings.weight.data += 1
    assert why_not_together(models, plans) == "the models stand on different bases"
    other = make_ground(tiny_base("bert"), method="head")
    plan = lora_plan(other.encoder.new_modules, "SEQ_CLS", target_modules=["query"])
    narrow = add_adapter(other.encoder.model, plan, 0)
    assert why_not_together([one.model, narrow], plans) == "the models learn different weights"
    biased = make_ground(tiny_base("bert"), method="head")
    model = add_adapter(biased.encoder.model, lora_plan(plan.new_modules, "SEQ_CLS", bias="all"), 0)
    assert "learns, which is neither" in str(why_not_together([model], plans[:1]))


def test_joined_batches_are_packed_batches(tiny_base: TinyBase) -> None:
    """Three parts end to end: every row where `starts` says, positions from 0, filled up once."""
    data = make_ground(tiny_base("bert")).data.train
    chosen = [[0, 1, 2], [3], [4, 5, 6, 7, 8]]
    joined = join([pack(data.input_ids, rows, type_ids=data.type_ids) for rows in chosen], 0)
    assert len(joined.tokens) == len(joined.positions) == len(joined.type_ids) == 80  # type: ignore[arg-type]
    assert joined.real_tokens == sum(data.lengths[row] for row in range(9)) == 68
    for row, start, length in zip(joined.rows, joined.starts.tolist(), joined.lengths, strict=False):
        assert joined.tokens[start : start + length].tolist() == data.input_ids[row]
        assert joined.positions[start : start + length].tolist() == list(range(length))
    assert [set(joined.rows[start:stop]) for start, stop in ((0, 3), (3, 4), (4, 9))] == [set(rows) for rows in chosen]
