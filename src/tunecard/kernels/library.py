"""The compiled kernels, loaded once: whether they are there, and calling them."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from tunecard.kernels.building import NotBuilt, build_library

SWITCH = "TUNECARD_KERNELS"
KINDS = {torch.float32: 0, torch.bfloat16: 1}  # `kind` of source/vectors.h
FACTOR_KINDS = KINDS | {torch.int8: 2}  # of factors of a product with a frozen weight
LANES = 16  # widths must be multiples of it


@dataclass(frozen=True)
class Kernels:
    """The library, or why there is none."""

    library: ctypes.CDLL | None
    reason: str | None


@cache
def load_kernels() -> Kernels:
    """Compiles (where that has not been done) and loads; a failure is a reason, never an error."""
    if os.environ.get(SWITCH) == "off":
        return Kernels(None, f"{SWITCH} is off")
    if not sys.platform.startswith("linux"):
        return Kernels(None, "they are for Linux")
    try:
        threads = ctypes.CDLL(None)
        parallel, count = threads.GOMP_parallel, threads.omp_get_max_threads
    except (AttributeError, OSError):
        return Kernels(None, "this build of torch does not compute with OpenMP's threads")
    try:
        library = ctypes.CDLL(str(build_library()))
    except (NotBuilt, OSError) as error:
        return Kernels(None, str(error))
    library.tunecard_use_threads(parallel, count)
    return Kernels(library, None)


def loaded() -> ctypes.CDLL | None:
    """The library, where there is one."""
    return load_kernels().library


def has_kernels(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether there are kernels for tensors of this type on this device."""
    return device.type == "cpu" and dtype in KINDS and loaded() is not None


def takes_kernels(*tensors: Tensor) -> bool:
    """Whether there are kernels for tensors of these devices, types and last dimensions."""
    return all(one.shape[-1] % LANES == 0 and one.numel() > 0 and has_kernels(one.device, one.dtype) for one in tensors)


def call(name: str, job: ctypes.Structure) -> None:
    """Runs kernel `name`. Raises: RuntimeError: not enough memory for its threads."""
    library = loaded()
    assert library is not None
    if not getattr(library, name)(ctypes.byref(job)):
        raise RuntimeError(f"{name}: not enough memory")  # in the words of torch's own allocator


def address(tensor: Tensor | None) -> int | None:
    """Where the first element lies; None stays none."""
    return None if tensor is None else tensor.data_ptr()
