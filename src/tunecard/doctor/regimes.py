"""Which regimes and products in int8 this machine computes fast, slowly or not: one product each, beside fp32's.

The rule: the forward product of a frozen layer of 512 by 512 over 64 tokens, as training computes it, in the least time
of a few tries. Fast takes at most 5/6 of the time in fp32, slow at least 6/5; what lies between is as fast as fp32. A
type that raises is not there. A shared machine may tell now this, now that of what is near a border; `precision: auto`
never asks this clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from tunecard.doctor.hardware import Answered

if TYPE_CHECKING:
    from torch import nn

    from tunecard.training.regime import Regime

WIDTH, TOKENS = 512, 64
TRIES, ENOUGH_SECONDS = 5, 0.2
BORDER = 1.2
INT8_PRODUCTS = "frozen_products: int8"
FAST, ALIKE, SLOW, MISSING = "fast", "as fast as fp32", "slow", "not there"


def ask_regimes(device: str) -> Answered:
    """Every regime of the template with its verdict, and what its product took as a multiple of fp32's."""
    from tunecard.training.regime import REGIMES

    took: dict[str, float | None] = {name: seconds_of(regime, device) for name, regime in REGIMES.items()}
    took[INT8_PRODUCTS] = _seconds_in_int8(device)
    verdicts = {str(name): verdict(seconds, took["fp32"]) for name, seconds in took.items()}
    told = [
        f"{name} {said}" + ("" if times is None else f" ({times:g} x fp32's time)")
        for name, (said, times) in verdicts.items()
        if name != "fp32"
    ]
    return {name: {"verdict": said, "times_fp32": times} for name, (said, times) in verdicts.items()}, "; ".join(told)


def _seconds_in_int8(device: str) -> float | None:
    """Of products in int8 between activations as `precision: auto` has them; None where they are refused."""
    import torch

    from tunecard.adapters.fused.int8_products import why_no_int8_products
    from tunecard.training.regime import REGIMES, choose_precision

    if why_no_int8_products(torch.device(device)):
        return None
    regime = next(regime for name, regime in REGIMES.items() if name == choose_precision(device))
    return seconds_of(replace(regime, frozen="int8-products"), device)


def verdict(seconds: float | None, in_fp32: float | None) -> tuple[str, float | None]:
    """What is said of a product that took so long, and the multiple of fp32's time, to two digits.

    >>> verdict(1.0, 2.0), verdict(2.1, 2.0), verdict(90.0, 2.0), verdict(None, 2.0)
    (('fast', 0.5), ('as fast as fp32', 1.1), ('slow', 45.0), ('not there', None))
    """
    if seconds is None or in_fp32 is None:
        return MISSING, None
    times = float(f"{seconds / in_fp32:.2g}")
    return (FAST if times <= 1 / BORDER else SLOW if times >= BORDER else ALIKE), times


def seconds_of(regime: Regime, device: str) -> float | None:
    """Of one product in the types of a regime, the least of a few; None where the machine has none."""
    import torch

    from tunecard.adapters.fused.freezing import Storage, freeze

    try:
        with torch.device(device), torch.no_grad():
            layer: nn.Linear = torch.nn.Linear(WIDTH, WIDTH).requires_grad_(False)
            weight = freeze([layer], Storage(regime.compute, regime.frozen))
            x = torch.randn(TOKENS, WIDTH).to(regime.compute)
            return min(_times(lambda: weight.product(x), device))
    except (RuntimeError, TypeError, NotImplementedError):
        return None


def _times(product: Callable[[], object], device: str) -> list[float]:
    import torch

    def wait() -> None:
        if device.startswith("cuda"):
            torch.cuda.synchronize()

    product()  # the first one plans
    took: list[float] = []
    while len(took) < TRIES and sum(took) < ENOUGH_SECONDS:
        wait()
        began = perf_counter()
        product()
        wait()
        took.append(perf_counter() - began)
    return took
