"""The tensors of a safetensors file without torch: shapes from its header, one of them as an array.

Source: the format's own description, https://github.com/huggingface/safetensors (header length, JSON header, data).
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tunecard.metrics.counts import Floats
from tunecard.untrusted.bounded_json import load_json
from tunecard.untrusted.plain_files import open_plain

MOST_HEADER_BYTES = 4_000_000  # thirty thousand tensors; the format itself would take 100 MB of JSON
METADATA = "__metadata__"
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
OTHER_SIZES = {
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "U16": 2,
    "U32": 4,
    "U64": 8,
}


@dataclass(frozen=True)
class SavedTensor:
    """One tensor as the header tells it; `begin` and `end` are places in the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, SavedTensor]:
    """Every tensor of a file by its name.

    Raises: ValueError: no safetensors file, or one whose header does not fit its data.
    """
    with open_plain(path) as stream:
        length = os.fstat(stream.fileno()).st_size
        header_bytes = int.from_bytes(stream.read(8), "little")
        if length < 8 or not 0 < header_bytes <= length - 8:
            raise ValueError("no safetensors header")
        if header_bytes > MOST_HEADER_BYTES:
            raise ValueError(f"its header has {header_bytes:,} bytes, and at most {MOST_HEADER_BYTES:,} are read")
        try:
            header = load_json(stream.read(header_bytes))
            tensors = {name: _tensor(record, 8 + header_bytes) for name, record in header.items() if name != METADATA}
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ValueError(f"its header cannot be read: {error}") from error
    if any(tensor.end > length for tensor in tensors.values()):
        raise ValueError("its header speaks of more data than there is")
    at = 8 + header_bytes
    for tensor in sorted(tensors.values(), key=lambda one: (one.begin, one.end)):
        if tensor.begin != at:  # the format forbids both: what nobody names could be anything, and as large
            raise ValueError("its tensors overlap or leave holes")
        at = tensor.end
    return tensors


def stored_once(tensors: Mapping[str, SavedTensor]) -> dict[str, SavedTensor]:
    """The tensors less those that PEFT saved under another name too.

    PEFT up to today saves the bias of a head three times under `bias: all`: by its name, inside its wrapper, and as the
    untrained original.
    """
    return {name: tensor for name, tensor in tensors.items() if not _is_copy(name, tensors)}


def read_matrix(path: Path, tensor: SavedTensor) -> Floats:
    """(first dimension, all others) of one tensor of a file, in double precision.

    Raises: ValueError: it holds no floating-point numbers.
    """
    if tensor.dtype not in DTYPES:
        raise ValueError(f"factors are floating-point numbers. Got {tensor.dtype}")
    with open_plain(path) as stream:
        stream.seek(tensor.begin)
        raw = np.frombuffer(stream.read(tensor.end - tensor.begin), dtype=DTYPES[tensor.dtype])
    if tensor.dtype == "BF16":
        raw = (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)  # the upper half of a float32
    return np.asarray(raw.astype(np.float64).reshape(tensor.shape[0], -1))


def _is_copy(name: str, tensors: Mapping[str, SavedTensor]) -> bool:
    is_twin = ".modules_to_save." in name and name.replace(".modules_to_save.", ".") in tensors
    return is_twin or ".original_module." in name


def _tensor(record: dict[str, object], data: int) -> SavedTensor:
    dtype, shape, offsets = record["dtype"], record["shape"], record["data_offsets"]
    if not isinstance(dtype, str) or not isinstance(shape, list) or not isinstance(offsets, list):
        raise ValueError(f"a tensor has dtype, shape and data_offsets. Got {record!r:.120}")
    begin, end = (int(offset) for offset in offsets)
    tensor = SavedTensor(dtype, tuple(int(length) for length in shape), data + begin, data + end)
    width = np.dtype(DTYPES[dtype]).itemsize if dtype in DTYPES else OTHER_SIZES.get(dtype)
    if begin < 0 or min(tensor.shape, default=0) < 0 or (width and tensor.size * width != end - begin):
        raise ValueError(f"the offsets of a tensor do not fit its shape. Got {record!r:.120}")
    return tensor
