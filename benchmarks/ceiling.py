"""What this machine can multiply: the products of an encoder's linear layers alone, and the FLOP of a step.

Every layer has weights of its own, as in a model: one matrix measured again and again would stay in the cache. Torch's
own routines and tunecard's are measured in turn; the faster of both is the ceiling.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from figures import spread
from shapes import SHAPES, Workload

LEAST_SECONDS = 0.3  # of each product and routine
LEAST_PASSES = 3
ROUTINES = ("torch", "tunecard")


def measure_ceiling(work: Workload, precision: str, *, has_backward: bool) -> dict[str, Any]:
    """GFLOP/s of all products of a pass, by routine, and of each product.

    Each product counts as often as a layer has it: once. `work.tokens` rows are multiplied.
    """
    import torch

    shape = SHAPES[work.shape]
    pairs = {
        "d x d": (shape.hidden, shape.hidden), "d x 3d": (shape.hidden, 3 * shape.hidden),
        "d x ff": (shape.hidden, shape.intermediate), "ff x d": (shape.intermediate, shape.hidden),
    }  # fmt: skip
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    products: dict[str, dict[str, float]] = {}
    flop = 0.0
    seconds = dict.fromkeys(ROUTINES, 0.0)
    with torch.inference_mode():
        for name, (inputs, outputs) in pairs.items():
            weights = [torch.randn(outputs, inputs).to(dtype) for _ in range(work.layers)]
            for direction in ("forward", "backward") if has_backward else ("forward",):
                rows = torch.randn(work.tokens, inputs if direction == "forward" else outputs).to(dtype)
                took = _seconds_of(rows, weights, direction)
                one = 2.0 * work.tokens * inputs * outputs * work.layers
                flop += one
                for routine in ROUTINES:
                    seconds[routine] += took[routine]
                products[f"{name}, {direction}"] = {routine: one / took[routine] / 1e9 for routine in ROUTINES}
    return {"gflops": {routine: flop / seconds[routine] / 1e9 for routine in ROUTINES}, "products": products}


def executed_flop(work: Workload, tokens: int, texts: int, *, has_backward: bool, is_narrow: bool) -> float:
    """FLOP of the frozen linear layers in the blocks: 2 a weight and token, the same again for the input's gradient.

    Left out: attention, LoRA, heads, and what need not be computed: the gradient of the bottom layer's input and, with
    `is_narrow`, query, output and feed-forward of the top layer beyond the first token of each text.
    """
    shape = SHAPES[work.shape]
    square, forward_feed = shape.hidden**2, 2 * shape.hidden * shape.intermediate
    keys_values, rest = 2 * square, 2 * square + forward_feed
    asked = texts if is_narrow else tokens  # tokens that go through the rest of the top layer
    forward = (work.layers - 1) * tokens * (keys_values + rest) + tokens * keys_values + asked * rest
    bottom_queries = asked if work.layers == 1 else tokens
    backward = forward - tokens * keys_values - bottom_queries * square
    return 2.0 * (forward + (backward if has_backward else 0))


def gather_ceiling(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The spread over rounds by routine; `gflops` is the median of the faster routine."""
    by_routine = {routine: spread([one["gflops"][routine] for one in rounds]) for routine in ROUTINES}
    products = {
        name: {routine: statistics.median(one["products"][name][routine] for one in rounds) for routine in ROUTINES}
        for name in rounds[0]["products"]
    }
    best = max(ROUTINES, key=lambda routine: by_routine[routine]["median"])
    return {"gflops": by_routine[best]["median"], "routine": best, "by_routine": by_routine, "products": products}


def _seconds_of(rows: Any, weights: list[Any], direction: str) -> dict[str, float]:
    """Median seconds of a pass over all weights, by routine, passes in turn."""
    import torch
    from torch.nn import functional

    from tunecard.adapters.fused.products import input_gradient, linear_product

    pairs: dict[str, Callable[[Any, Any], Any]] = (
        {"torch": functional.linear, "tunecard": linear_product}
        if direction == "forward"
        else {"torch": torch.mm, "tunecard": input_gradient}
    )
    took: dict[str, list[float]] = {name: [] for name in pairs}
    while (
        min(len(taken) for taken in took.values()) < LEAST_PASSES + 1
        or sum(map(sum, took.values())) < 2 * LEAST_SECONDS
    ):
        for name, product in pairs.items():
            began = time.perf_counter()
            for weight in weights:
                product(rows, weight)
            took[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken[1:]) for name, taken in took.items()}  # the first pass plans the products
