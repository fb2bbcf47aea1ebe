"""A caller's random numbers and threads, as they were before: what is done in between leaves no trace in them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def untouched_state() -> Iterator[None]:
    """Puts back, however the block ends: random states of Python, numpy and torch (every device), threads, the default
    number type, and whether gradients are computed."""
    python, numbers = random.getstate(), np.random.get_state()
    threads, kind, learns = torch.get_num_threads(), torch.get_default_dtype(), torch.is_grad_enabled()
    is_used: bool = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = range(torch.cuda.device_count()) if is_used else ()
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numbers)
            torch.set_num_threads(threads)
            torch.set_default_dtype(kind)
            torch.set_grad_enabled(learns)
