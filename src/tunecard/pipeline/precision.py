"""In which precision this machine computes well."""

from __future__ import annotations

import torch

# GPUs with fp16 matrix units (NVIDIA's compute capability); before Volta fp16 products are as slow as fp32 or slower.
FIRST_FP16 = (7, 0)


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
    """A sentence for who asked for a regime that this processor computes many times slower than fp32, else None."""
    if device != "cpu" or precision == "fp32" or (precision.startswith("bf16") and _has_bf16()):
        return None
    return (
        f"{precision} is slower than fp32 on this processor, perhaps many times; `precision: auto` takes what is fast"
    )


def _has_bf16() -> bool:
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return bool(has_onednn and torch.ops.mkldnn._is_mkldnn_bf16_supported())
