"""Tensors of a safetensors file in memory of this process: one read, and each a part of it.

A file that is mapped instead takes a fault a page, and ends the process where somebody cuts it meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tunecard.evidence.adapter_file import SavedTensor
from tunecard.untrusted.plain_files import open_plain

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip


def tensors_at_once(path: Path, header: Mapping[str, SavedTensor]) -> dict[str, Tensor]:
    """Name to tensor; all share one block of memory, from the first to the last of them.

    Args:
        header: those that are wanted, as `read_header` tells them.
    Raises: ValueError: a type that is not known here, or less data than the header says. OSError: no such file.
    """
    strange = sorted({one.dtype for one in header.values()} - DTYPES.keys())
    if strange:
        raise ValueError(f"tensors of type {', '.join(strange)} are not read")
    first = min((one.begin for one in header.values()), default=0)
    whole = np.empty(max((one.end for one in header.values()), default=0) - first, np.uint8)
    with open_plain(path) as stream:
        stream.seek(first)
        if stream.readinto(whole.data) != len(whole):
            raise ValueError("its header speaks of more data than there is")
    block = torch.from_numpy(whole)
    return {name: _part(block[one.begin - first : one.end - first], one) for name, one in header.items()}


def _part(raw: Tensor, saved: SavedTensor) -> Tensor:
    dtype = DTYPES[saved.dtype]
    if raw.data_ptr() % dtype.itemsize:
        raw = raw.clone()  # the format asks for no alignment; processors do
    return raw.view(dtype).view(saved.shape)
