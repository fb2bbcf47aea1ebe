"""Tensors and logits as bytes that another rank reads: safetensors and JSON, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
from safetensors.torch import load, save
from torch import Tensor

HEAD = 8  # bytes that tell the length of the shapes


def pack_tensors(tensors: Mapping[str, Tensor]) -> bytes:
    """Named tensors, each with memory of its own."""
    return save({name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()})


def unpack_tensors(content: bytes) -> dict[str, Tensor]:
    """What `pack_tensors` packed, on the host."""
    return load(content)


def pack_logits(logits: Sequence[np.ndarray]) -> bytes:
    """Logits of rows, of any shapes, in fp32."""
    shapes = json.dumps([one.shape for one in logits]).encode()
    flat = [np.ascontiguousarray(one, dtype=np.float32).tobytes() for one in logits]
    return len(shapes).to_bytes(HEAD, "little") + shapes + b"".join(flat)


def unpack_logits(content: bytes) -> list[np.ndarray]:
    """What `pack_logits` packed."""
    begin = HEAD + int.from_bytes(content[:HEAD], "little")
    shapes = json.loads(content[HEAD:begin])
    flat = np.frombuffer(bytearray(content[begin:]), dtype=np.float32)  # writable, as logits are elsewhere
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return (
        [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)] if shapes else []
    )
