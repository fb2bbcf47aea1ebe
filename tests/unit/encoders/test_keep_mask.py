"""Cheap dropout keeps what it says it keeps, and its gradient is that of the mask it drew."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tunecard.encoders.keep_mask import cheap_dropout, draw_keep_mask, install_cheap_dropout

CPU = torch.device("cpu")


@pytest.mark.parametrize("p", [0.05, 0.1, 0.25, 0.5, 0.9])
def test_the_keep_rate_is_exact_in_the_mean(p: float) -> None:
    torch.manual_seed(0)
    draws = [draw_keep_mask(torch.Size((1000, 10)), p, CPU).float().mean() for _ in range(400)]
    # The threshold is a multiple of 1/256, drawn so that its mean is p: 400 draws leave 0.0001 to 0.0002 of noise.
    assert float(torch.stack(draws).mean()) == pytest.approx(1 - p, abs=0.001)
    assert all(abs(float(draw) - (1 - p)) < 1 / 256 + 0.02 for draw in draws)


def test_neighbours_fall_independently() -> None:
    torch.manual_seed(1)
    mask = torch.cat([draw_keep_mask(torch.Size((100_000,)), 0.5, CPU).float() for _ in range(4)])
    for distance in (1, 2, 7, 8, 64):
        together = float((mask[distance:] * mask[:-distance]).mean())
        assert together == pytest.approx(0.25, abs=0.005)


@pytest.mark.parametrize(("p", "kept"), [(0.0, 1), (1.0, 0)])
def test_nothing_or_everything_falls(p: float, kept: int) -> None:
    assert draw_keep_mask(torch.Size((3, 5)), p, CPU).unique().tolist() == [kept]


def test_what_is_kept_is_scaled_and_so_is_its_gradient() -> None:
    torch.manual_seed(2)
    values = torch.ones(50, 7, requires_grad=True)
    out = cheap_dropout(values, 0.2)
    assert set(out.detach().unique().tolist()) == {0.0, 1.25}
    out.sum().backward()
    assert torch.equal(values.grad, out.detach())  # type: ignore[arg-type]


def test_the_default_generator_decides() -> None:
    torch.manual_seed(3)
    first = draw_keep_mask(torch.Size((999,)), 0.3, CPU)
    torch.manual_seed(3)
    assert torch.equal(first, draw_keep_mask(torch.Size((999,)), 0.3, CPU))


def test_installed_dropout_sleeps_in_evaluation_mode() -> None:
    model = nn.Sequential(nn.Dropout(0.5), nn.Identity())
    install_cheap_dropout(model)
    values = torch.randn(64, 64)
    assert torch.equal(model.eval()(values), values)
    assert (model.train()(values) == 0).float().mean() == pytest.approx(0.5, abs=0.05)
