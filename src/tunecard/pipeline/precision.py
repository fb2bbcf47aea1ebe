"""In which precision this machine computes well."""

from __future__ import annotations

import torch


def choose_precision(device: str) -> str:
    """bf16-mixed where it is computed natively: processors without it are tens of times slower than in fp32."""
    if device.startswith("cuda"):
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    has_bf16 = device == "cpu" and has_onednn and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return "bf16-mixed" if has_bf16 else "fp32"
