"""Precision regimes: which numbers are stored and multiplied in which type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from tunecard.adapters.fused.float8_weight import has_float8_units
from tunecard.adapters.fused.frozen_weight import Stored

Precision = Literal["fp32", "bf16-mixed", "fp16-mixed", "bf16", "fp16", "fp8-mixed"]
# What parameters may be rounded to; others are codes of a weight that is stored smaller.
PLAIN = (torch.float32, torch.bfloat16, torch.float16)


@dataclass(frozen=True)
class Regime:
    """Number types of a training.

    Attributes:
        compute: frozen layers inside blocks are stored and multiplied in it; where nothing is fused, autocast takes it.
        stored: trainable parameters, their moments, norms and everything else.
        is_scaled: the loss is scaled up for the backward pass, so that small gradients do not round to zero.
        frozen: how frozen layers are stored; "full": in `compute`.
    """

    compute: torch.dtype
    stored: torch.dtype = torch.float32
    is_scaled: bool = False
    frozen: Stored = "full"

    @property
    def is_mixed(self) -> bool:
        """Whether products are computed in another type than trainable parameters are stored in."""
        return self.compute != self.stored


REGIMES: dict[Precision, Regime] = {
    "fp32": Regime(torch.float32),
    "bf16-mixed": Regime(torch.bfloat16),
    "fp16-mixed": Regime(torch.float16, is_scaled=True),
    "bf16": Regime(torch.bfloat16, stored=torch.bfloat16),
    "fp16": Regime(torch.float16, stored=torch.float16, is_scaled=True),
    "fp8-mixed": Regime(torch.bfloat16, frozen="float8"),
}
# GPUs with fp16 matrix units (NVIDIA's compute capability); before Volta fp16 products are as slow as fp32 or slower.
FIRST_FP16 = (7, 0)


def stored_as(precision: str, base_weights: Stored, frozen_products: str = "as-precision") -> Stored:
    """How frozen layers are stored in training: as the regime says, or as `base_weights` or `frozen_products` do where
    it says nothing; no two of them may.

    >>> stored_as("fp8-mixed", "full"), stored_as("bf16-mixed", "nf4"), stored_as("auto", "full")
    ('float8', 'nf4', 'full')
    >>> stored_as("fp32", "full", "int8")
    'int8-products'
    """
    frozen: Stored = next((regime.frozen for name, regime in REGIMES.items() if name == precision), "full")
    if frozen_products == "int8":
        return "int8-products"
    return base_weights if frozen == "full" else frozen


def store_weights(model: nn.Module, dtype: torch.dtype) -> None:
    """Rounds every weight of `model` to `dtype`; fused layers keep what they share. Buffers stay as they are, and so do
    weights that are stored smaller."""
    for parameter in model.parameters():
        if parameter.dtype in PLAIN:
            parameter.data = parameter.data.to(dtype)


def choose_precision(device: str) -> str:
    """bf16-mixed where it is computed natively: processors without it are tens of times slower than in fp32.

    GPUs that compute fp16 natively and bf16 not (Volta, Turing) take fp16-mixed.
    """
    if device.startswith("cuda"):
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return "bf16-mixed"
        return "fp16-mixed" if torch.cuda.get_device_capability(device) >= FIRST_FP16 else "fp32"
    return "bf16-mixed" if device == "cpu" and _has_bf16() else "fp32"


def tell_if_slow(precision: str, device: str) -> str | None:
    """A sentence for who asked for a regime that this machine computes slower than what is said of it, else None."""
    if device.startswith("cuda") and precision == "fp8-mixed" and not has_float8_units(torch.device(device)):
        return "fp8-mixed is no faster than bf16-mixed on this GPU: it has no float8 units that take a scale a row"
    if device != "cpu" or precision == "fp32" or (precision.startswith("bf16") and _has_bf16()):
        return None
    return (
        f"{precision} is slower than fp32 on this processor, perhaps many times; `precision: auto` takes what is fast"
    )


def _has_bf16() -> bool:
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return bool(has_onednn and torch.ops.mkldnn._is_mkldnn_bf16_supported())
