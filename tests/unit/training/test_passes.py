"""A step in passes: every row once, bounded in tokens, smaller when memory runs out, the gradient always the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tiny_training import Ground, make_ground, rows_of
from tunecard.adapters import trainable_state
from tunecard.errors import MachineError
from tunecard.training import Trainer, passes
from tunecard.training.passes import LEAST_FILL, LEAST_TOKENS, StepPasses, split_by_length

TinyBase = Callable[[str], Path]
lengths_of_rows = st.lists(st.integers(1, 512), min_size=1, max_size=64)


def trainer_of(ground: Ground) -> Trainer:
    return Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)


def step_state(ground: Ground, rows: list[int], max_tokens: int) -> dict[str, torch.Tensor]:
    trainer = trainer_of(ground)
    trainer.passes.max_tokens = max_tokens
    trainer.result.steps = 2  # behind the warm-up, whose first rate is 0
    ground.model.train()
    trainer.step(rows)
    return {name: tensor.detach().clone() for name, tensor in trainable_state(ground.model).items()}


@pytest.mark.parametrize("architecture", ["roberta", "mpnet"])
def test_passes_hold_every_row_once_and_no_more_tokens_than_allowed(tiny_base: TinyBase, architecture: str) -> None:
    ground = make_ground(tiny_base("roberta"), "tokens", train_batch_size=22)
    trainer = trainer_of(ground)
    trainer.passes.is_packed = architecture == "roberta"
    trainer.passes.max_tokens = 40
    cut = trainer.passes.of(rows_of(ground.data.train))
    assert sum(each.real_tokens for each in cut) == sum(ground.data.train.lengths)
    assert len(cut) > 3
    assert all(each.real_tokens <= 40 for each in cut)


@pytest.mark.parametrize("kind", ["text", "tokens"])
def test_more_passes_make_the_same_step(tiny_base: TinyBase, kind: str) -> None:
    states = [
        step_state(make_ground(tiny_base("roberta"), kind, train_batch_size=22), list(range(22)), max_tokens)
        for max_tokens in (2048, 30)
    ]
    for name, tensor in states[0].items():
        torch.testing.assert_close(states[1][name], tensor, rtol=1e-4, atol=2e-5, msg=name)


def test_memory_that_runs_out_halves_the_passes_and_loses_nothing(
    tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = step_state(make_ground(tiny_base("roberta"), train_batch_size=22), list(range(22)), 2048)
    stock = passes.forward_packed
    seen: list[int] = []

    def forward(model: Any, batch: Any) -> torch.Tensor:
        seen.append(batch.real_tokens)
        if batch.real_tokens > 64:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried to")
        return stock(model, batch)

    monkeypatch.setattr(passes, "forward_packed", forward)
    found = step_state(make_ground(tiny_base("roberta"), train_batch_size=22), list(range(22)), 2048)
    assert max(seen) > 64 and seen[-1] <= 64
    for name, tensor in whole.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-4, atol=2e-5, msg=name)


def test_a_row_that_does_not_fit_is_told(tiny_base: TinyBase, monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(model: Any, batch: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    monkeypatch.setattr(passes, "forward_packed", forward)
    ground = make_ground(tiny_base("roberta"))
    with pytest.raises(MachineError) as caught:
        trainer_of(ground).step([0, 1, 2])
    longest = max(ground.data.train.lengths[row] for row in (0, 1, 2))
    assert str(caught.value) == (
        f"memory does not suffice for a row of {longest} tokens. Lower data.max_length, choose a smaller base, "
        "or use precision bf16-mixed."
    )


def test_other_faults_are_not_mistaken_for_memory(tiny_base: TinyBase) -> None:
    ground = make_ground(tiny_base("roberta"))
    steps = StepPasses(ground.model, ground.data, 4)

    def fail(cut: Any) -> None:
        raise RuntimeError("shape is invalid")

    with pytest.raises(RuntimeError, match="shape is invalid"):
        steps.within_memory([0, 1], fail, lambda: None)


@given(lengths_of_rows)
def test_every_row_is_in_one_shard(lengths: list[int]) -> None:
    shards = split_by_length(range(len(lengths)), lengths)
    assert sorted(row for shard in shards for row in shard) == list(range(len(lengths)))


@given(lengths_of_rows)
def test_only_small_shards_hold_short_rows(lengths: list[int]) -> None:
    for shard in split_by_length(range(len(lengths)), lengths):
        longest = lengths[shard[0]]
        for place, row in enumerate(shard):
            assert lengths[row] >= LEAST_FILL * longest or longest * place < LEAST_TOKENS


def test_rows_of_one_length_stay_together() -> None:
    assert split_by_length([3, 1, 2], [9, 40, 40, 40]) == [[3, 1, 2]]
