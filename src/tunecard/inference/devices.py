"""Where predictions are computed: the wished device, or the best one that this machine has."""

from __future__ import annotations

import torch

from tunecard.errors import MachineError

KINDS = ("cpu", "cuda", "mps")


def choose_device(wish: str) -> str:
    """`auto` is cuda, else mps, else cpu.

    Raises: MachineError: no such kind of device, or the wished one is not there.
    """
    if wish == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, index = wish.partition(":")
    if kind not in KINDS or (":" in wish and not (kind == "cuda" and index.isdecimal())):
        raise MachineError(f"device must be auto, cpu, cuda, cuda:N or mps. Got {wish!r}.")
    if kind == "cuda" and not torch.cuda.is_available():
        raise MachineError(f"device: {wish} is not available: torch finds no CUDA GPU. Use device: cpu.")
    if kind == "cuda" and index and int(index) >= torch.cuda.device_count():
        raise MachineError(f"device: {wish} is not available: this machine has {torch.cuda.device_count()} GPUs.")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise MachineError("device: mps is not available on this machine. Use device: cpu.")
    return wish
