"""One NVIDIA card through NVML: its energy counter and its power limit. Nothing is changed on the card."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GraphicsCard:
    """An open NVML handle."""

    name: str
    nvml: Any
    handle: Any

    def read_joules(self) -> float:
        """Energy since the driver was loaded. Raises: OSError: the card has no counter or does not answer."""
        return self._ask("nvmlDeviceGetTotalEnergyConsumption") / 1e3

    def read_power_limit_watts(self) -> float:
        """The power limit in force. Raises: OSError: the card does not tell."""
        return self._ask("nvmlDeviceGetEnforcedPowerLimit") / 1e3

    def _ask(self, question: str) -> float:
        try:
            return float(getattr(self.nvml, question)(self.handle))
        except self.nvml.NVMLError as error:
            raise OSError(f"{question}: {error}") from error


def open_graphics_card(device: str) -> GraphicsCard:
    """The card that torch names `device` ("cuda", "cuda:1").

    NVML counts cards in another order than CUDA and knows no CUDA_VISIBLE_DEVICES, so the card is found by its UUID.

    Raises: OSError: nvidia-ml-py is missing, torch sees no such card, or NVML does not answer.
    """
    if importlib.util.find_spec("pynvml") is None:
        raise OSError("nvidia-ml-py is not installed")
    import pynvml
    import torch

    try:
        uuid = torch.cuda.get_device_properties(torch.device(device).index or 0).uuid
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
        name = pynvml.nvmlDeviceGetName(handle)
    except (pynvml.NVMLError, RuntimeError, AssertionError) as error:  # torch raises the last two without a card
        raise OSError(str(error)) from error
    return GraphicsCard(name, pynvml, handle)
