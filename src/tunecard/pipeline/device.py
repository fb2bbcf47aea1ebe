"""Where a run computes, and in which precision this machine does so well."""

from __future__ import annotations

import torch

from tunecard.errors import MachineError


def choose_device(wish: str) -> str:
    """`auto` is cuda, else mps, else cpu. Raises: MachineError: the wished device is not there."""
    if wish == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, index = wish.partition(":")
    if kind == "cuda" and not torch.cuda.is_available():
        raise MachineError(f"device: {wish} is not available: torch finds no CUDA GPU. Use device: cpu.")
    if kind == "cuda" and index and int(index) >= torch.cuda.device_count():
        raise MachineError(f"device: {wish} is not available: this machine has {torch.cuda.device_count()} GPUs.")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise MachineError("device: mps is not available on this machine. Use device: cpu.")
    return wish


def choose_precision(device: str) -> str:
    """bf16-mixed where it is computed natively: processors without it are tens of times slower than in fp32."""
    if device.startswith("cuda"):
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    has_bf16 = device == "cpu" and has_onednn and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return "bf16-mixed" if has_bf16 else "fp32"
