"""Averages of trainings: of products, not of factors; and only as long as validation does not fall."""

from __future__ import annotations

import torch

from tunecard.training.soup import average, greedy_soup, refactor

PAIRS = {"layer": {"A": "a", "B": "b"}}


def state(seed: int, rank: int = 2) -> dict[str, torch.Tensor]:
    dice = torch.Generator().manual_seed(seed)
    shapes = {"a": (rank, 7), "b": (5, rank), "head": (3,)}
    return {name: torch.randn(shape, generator=dice) for name, shape in shapes.items()}


def test_one_alone_keeps_its_product() -> None:
    one = state(0)
    a, b = refactor([one["a"]], [one["b"]])
    assert torch.allclose(b @ a, one["b"] @ one["a"], atol=1e-5)


def test_factors_that_differ_by_a_rotation_average_to_the_same_product() -> None:
    one = state(0)
    turn = torch.linalg.qr(torch.randn(2, 2, generator=torch.Generator().manual_seed(1)))[0]
    other = {**one, "a": turn @ one["a"], "b": one["b"] @ turn.t()}
    mixed = average([one, other], PAIRS)
    assert torch.allclose(mixed["b"] @ mixed["a"], one["b"] @ one["a"], atol=1e-5)


def test_the_product_is_the_best_of_its_rank() -> None:
    states = [state(seed) for seed in range(3)]
    mixed = average(states, PAIRS)
    mean = torch.stack([one["b"] @ one["a"] for one in states]).mean(dim=0)
    u, sizes, v = torch.linalg.svd(mean)
    best = (u[:, :2] * sizes[:2]) @ v[:2]
    assert torch.allclose(mixed["b"] @ mixed["a"], best, atol=1e-5)
    assert mixed["a"].shape == (2, 7)
    assert torch.allclose(mixed["head"], torch.stack([one["head"] for one in states]).mean(dim=0))


def test_what_makes_validation_fall_stays_out() -> None:
    states = [{"head": torch.tensor([value])} for value in (1.0, 9.0, 3.0)]
    mixed, chosen, reached = greedy_soup(states, [0.8, 0.6, 0.7], {}, lambda one: 1 - abs(float(one["head"]) - 2) / 10)
    assert chosen == [0, 2]  # the average of 1 and 3 is 2; with 9 it would fall
    assert float(mixed["head"]) == 2.0
    assert reached == 1.0
