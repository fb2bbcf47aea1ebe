"""Tensors to a stream in the layout of safetensors, one by one: no copy of them all, and Python's errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import BinaryIO

import torch

ALIGNMENT = 8
# In the library's order: widest first, so that each begins at a multiple of its width.
TYPE_NAMES = {
    torch.int64: "I64", torch.float64: "F64", torch.float32: "F32", torch.int32: "I32", torch.bfloat16: "BF16",
    torch.float16: "F16", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip


def write_tensors(stream: BinaryIO, tensors: Mapping[str, torch.Tensor]) -> None:
    """Writes tensors of any shape, on any device; the same ones give the bytes that `safetensors.torch.save` gives.

    Raises: OSError: of the stream; the library's own writer has errors of its own and names its files as it likes.
    """
    rank = {kind: number for number, kind in enumerate(TYPE_NAMES)}
    ordered = dict(sorted(tensors.items(), key=lambda item: (rank[item[1].dtype], item[0])))
    header = _header(ordered)
    stream.write(len(header).to_bytes(8, "little") + header)
    for tensor in ordered.values():
        stream.write(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)


def _header(tensors: Mapping[str, torch.Tensor]) -> bytes:
    records, begin = {}, 0
    for name, tensor in tensors.items():
        end = begin + tensor.nbytes
        records[name] = {"dtype": TYPE_NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(records, separators=(",", ":"), ensure_ascii=False).encode()
    return text + b" " * (-len(text) % ALIGNMENT)
