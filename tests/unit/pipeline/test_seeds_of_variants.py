"""Variants of LoRA with a start from rows, groups of rates or a rule of their own, under several seeds and averaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tunecard.adapters import trainable_state
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evidence import RunFolder
from tunecard.pipeline.best import train_best
from tunecard.pipeline.learning import learn, learn_together
from tunecard.pipeline.path import prepare
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.progress import SILENCE
from tunecard.training.result import Trained
from tunecard.training.validation import score_validation

SEEDS = (3, 4)
# One start from training rows, one optimizer with groups of its own, one rule after each step.
VARIANTS: dict[str, dict[str, Any]] = {
    "eva": {"rank": 4},
    "lora-plus": {"rank": 4},
    "adalora": {"init_rank": 4, "target_rank": 2, "delta_t": 1, "initial_share": 0.2, "final_share": 0.3},
}


@pytest.fixture
def context(tiny_base: Callable[[str], Path], tmp_path: Path) -> Callable[..., RunContext]:
    """A run of a variant before its first step, without dropout: its masks are no seed's own."""
    base = tmp_path / "base"
    base.mkdir()
    for file in tiny_base("bert").iterdir():
        (base / file.name).write_bytes(file.read_bytes())
    config = json.loads((base / "config.json").read_text())
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (base / "config.json").write_text(json.dumps({**config, **still}))
    for split in ("train", "validation", "test"):
        rows = [{"text": f"{'the cat' if row % 3 else 'a dog'} and the {split} {row}", "label": ["no", "yes"][row % 3 > 0]}
                for row in range(50 if split == "validation" else 16)]  # fmt: skip
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def make(method: str, **asked: Any) -> RunContext:
        training = {"epochs": 2, "train_batch_size": 4, "precision": "fp32", "seed": list(SEEDS)}
        adapter = {"method": method, "dropout": 0.0, **VARIANTS[method]}
        data = {"source": str(tmp_path)}
        recipe = {"base_model": str(base), "data": data, "adapter": adapter, "training": training, **asked}
        return RunContext(prepare(Plans(check_recipe(recipe))), RunFolder(tmp_path / f"run-{method}"), SILENCE)

    return make


def state_of(trained: Trained) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in trainable_state(trained.model).items()}


@pytest.mark.parametrize("method", VARIANTS)
def test_each_seed_is_as_it_is_alone(method: str, context: Callable[..., RunContext]) -> None:
    run = context(method)
    alone = [learn(run, method, seed) for seed in SEEDS]
    states = [state_of(trained) for trained in alone]
    together = learn_together(run, method, SEEDS)
    for trained, state, other in zip(alone, states, together, strict=True):
        for mine, its in zip(other.result.curve, trained.result.curve, strict=True):
            # Alone a block is one kernel, together its parts are computed one by one: other orders of sums.
            assert mine.as_dict() == pytest.approx(its.as_dict(), rel=1e-5)
        found = state_of(other)
        assert found.keys() == state.keys()
        for name, tensor in state.items():
            torch.testing.assert_close(found[name], tensor, rtol=1e-5, atol=1e-6, msg=name)
    first, second = (torch.cat([tensor.flatten() for tensor in state.values()]) for state in states)
    assert len(first) != len(second) or not torch.allclose(first, second)


@pytest.mark.parametrize("method", VARIANTS)
def test_the_best_of_them_is_what_its_record_says(method: str, context: Callable[..., RunContext]) -> None:
    run = context(method, quality="best")
    found = train_best(run)
    rates = [one["learning_rate"] for one in found.effort["search"]]
    asked = run.plans.training(SEEDS[0]).learning_rate
    assert rates == pytest.approx([asked, asked / 2, asked * 2])
    assert [record["seed"] for record in found.scores] == list(SEEDS)
    soup, data = found.effort["soup"], run.prepared.training_data
    assert soup["validation"] >= max(record["validation"] for record in found.scores)
    assert set(soup["seeds"]) <= set(SEEDS)
    again = score_validation(found.shipped.model, data, run.plans.training(SEEDS[0]).best_metric)
    assert again.metric == pytest.approx(soup["validation"])
