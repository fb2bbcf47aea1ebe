"""The tensors of a safetensors file without torch: shapes from its header, factors as arrays.

Source: the format's own description, https://github.com/huggingface/safetensors (header length, JSON header, data).
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tunecard.metrics.counts import Floats

MOST_HEADER_BYTES = 100_000_000  # the format's own limit
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
OTHER_SIZES = {"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1, "U16": 2, "U32": 4, "U64": 8}
WRAPPER = "base_model.model."
FACTOR = re.compile(r"^(?P<module>.+)\.lora_(?:embedding_)?(?P<factor>[AB])(?:\.weight)?$")


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
    length = path.stat().st_size
    with path.open("rb") as stream:
        header_bytes = int.from_bytes(stream.read(8), "little")
        if length < 8 or not 0 < header_bytes <= min(length - 8, MOST_HEADER_BYTES):
            raise ValueError("no safetensors header")
        try:
            header = json.loads(stream.read(header_bytes))
            tensors = {name: _tensor(record, 8 + header_bytes) for name, record in header.items() if name[:2] != "__"}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"its header cannot be read: {error}") from error
    if any(tensor.end > length for tensor in tensors.values()):
        raise ValueError("its header speaks of more data than there is")
    return tensors


def lora_modules(tensors: dict[str, SavedTensor]) -> dict[str, dict[str, str]]:
    """Adapted module (its name in the base) to its factors' names, `{"A": ..., "B": ...}`; only whole pairs."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name in tensors:
        if match := FACTOR.match(name):
            found[match["module"].removeprefix(WRAPPER)][match["factor"]] = name
    return {module: pair for module, pair in found.items() if set(pair) == {"A", "B"}}


def effective_ranks(path: Path, tensors: dict[str, SavedTensor]) -> dict[str, float | None]:
    """exp of the entropy of the shares of the singular values of B A, a module; None for an update of nothing.

    The base is not needed: it only scales them.
    """
    return {
        module: _effective_rank(_matrix(path, tensors[pair["A"]]), _matrix(path, tensors[pair["B"]]))
        for module, pair in lora_modules(tensors).items()
    }


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


def _matrix(path: Path, tensor: SavedTensor) -> Floats:
    """(first dimension, all others) in double precision."""
    if tensor.dtype not in DTYPES:
        raise ValueError(f"factors are floating-point numbers. Got {tensor.dtype}")
    with path.open("rb") as stream:
        stream.seek(tensor.begin)
        raw = np.frombuffer(stream.read(tensor.end - tensor.begin), dtype=DTYPES[tensor.dtype])
    if tensor.dtype == "BF16":
        raw = (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)  # the upper half of a float32
    return np.asarray(raw.astype(np.float64).reshape(tensor.shape[0], -1))


def _effective_rank(down: Floats, up: Floats) -> float | None:
    """A (r, in) and B (out, r); the singular values of B A are those of R_B R_A^T (r, r)."""
    down_r: Floats = np.asarray(np.linalg.qr(down.T, mode="r"), dtype=np.float64)
    up_r: Floats = np.asarray(np.linalg.qr(up, mode="r"), dtype=np.float64)
    values: Floats = np.asarray(np.linalg.svd(up_r @ down_r.T, compute_uv=False), dtype=np.float64)
    if not values.sum() > 0:
        return None
    shares = values / values.sum()
    shares = shares[shares > 0]  # 0 log 0 is 0
    return float(np.exp(-(shares * np.log(shares)).sum()))
