"""AdamW over weights in fp16: held to torch's own in fp32, where plain fp16 stands still or overflows."""

from __future__ import annotations

import torch
from torch import nn

from tunecard.training.compensated_adamw import CompensatedAdamW

STEPS = 300


def course(optimizer: torch.optim.Optimizer, weight: nn.Parameter, gradients: torch.Tensor) -> None:
    for gradient in gradients:
        weight.grad = gradient.to(weight.dtype)
        if isinstance(optimizer, CompensatedAdamW):
            optimizer.widened()
        optimizer.step()
        optimizer.zero_grad()


def test_steps_too_small_for_fp16_add_up() -> None:
    """Steps of 1e-5 on weights near 1, whose neighbours in fp16 are 1e-3 away; squared gradients are 1e-8 and less."""
    torch.manual_seed(0)
    start = (1 + torch.rand(64)).half()
    gradients = (1e-4 * (1 + torch.rand(STEPS, 64))).half()
    exact, stored, plain = (
        nn.Parameter(start.clone().to(kind)) for kind in (torch.float32, torch.float16, torch.float16)
    )
    settings = {"lr": 1e-5, "weight_decay": 0.0}
    ours = CompensatedAdamW([{"params": [stored], **settings}])
    course(torch.optim.AdamW([exact], **settings), exact, gradients.float())
    course(ours, stored, gradients)
    course(torch.optim.AdamW([plain], **settings), plain, gradients)
    moved = start.float() - exact.detach()
    assert float(moved.min()) > 2e-3
    rest = ours.state[stored]["rest"]
    assert stored.dtype == rest.dtype == torch.float16
    # What is stored is the exact weight, rounded once; with what lies beside it, it is the exact weight.
    assert float((stored.detach().float() - exact.detach()).abs().max()) < torch.finfo(torch.float16).eps
    whole = stored.detach().float() + rest.float()
    assert float((whole - exact.detach()).abs().max()) < 2e-3 * float(moved.min())
    # Without it, every step is rounded away.
    assert torch.equal(plain.detach(), start) or not bool(plain.detach().isfinite().all())


def test_a_step_that_is_to_change_nothing_changes_nothing() -> None:
    weight = nn.Parameter(torch.full((4,), 0.1).half())
    optimizer = CompensatedAdamW([{"params": [weight], "lr": 1e-3}])
    course(optimizer, weight, torch.ones(3, 4))
    optimizer.state[weight]["rest"].fill_(2.0**-15)  # half of the way to the next number, which is even
    before = {key: one.clone() for key, one in optimizer.state[weight].items()} | {"weight": weight.detach().clone()}
    optimizer.found_inf = torch.ones(())
    course(optimizer, weight, torch.full((1, 4), torch.inf))
    after = {**optimizer.state[weight], "weight": weight.detach()}
    assert all(torch.equal(before[key], after[key]) for key in before)
