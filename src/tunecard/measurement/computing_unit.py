"""What one process computes on, in words that name no machine and no user."""

from __future__ import annotations

import torch

from tunecard.measurement.processor import read_processor


def computing_unit(device: str) -> str:
    """The GPU's name, or the processor's and how many of its threads this process uses.

    Args:
        device: "cpu", or "cuda" for the current GPU.
    """
    if device != "cpu":
        return torch.cuda.get_device_name()
    threads = torch.get_num_threads()
    return f"{read_processor().name or 'processor'}, {threads} {'thread' if threads == 1 else 'threads'}"
