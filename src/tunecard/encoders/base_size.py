"""How large a base is by itself: its parameters without the head that a task puts on it, and what became of its pooler.

The pooler is told because it is where counts differ: some tasks leave the base's own out, others make a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunecard.encoders.growing import added_parameters
from tunecard.encoders.loading import Encoder
from tunecard.encoders.locating import BaseFiles
from tunecard.encoders.stored_weights import find_stored

POOLER = "pooler"
COUNTED = "the base's own, counted"
NEW = "new, counted with the head"
LEFT_OUT = "in the base's files; this task does not read it, not counted"
NONE = "none"


@dataclass(frozen=True)
class BaseSize:
    """Parameters of a base under a head.

    Attributes:
        base: of what came with the base's files and is read.
        head: of what is new: the head, and a pooler that the files do not hold.
        pooler: what became of the base's pooler, in words.
    """

    base: int
    head: int
    pooler: str

    @property
    def whole(self) -> int:
        """Both together."""
        return self.base + self.head


def count_base(encoder: Encoder, files: BaseFiles) -> BaseSize:
    """Counts what came with the files of a base and what is new beside it; no weight is read."""
    inner: Any = encoder.model.base_model
    brought = added_parameters(encoder.model)  # with new tokens: of the adapter, not of the base
    of_base = -brought + sum(
        parameter.numel()
        for name, parameter in inner.named_parameters()
        if name.split(".")[0] not in encoder.new_modules
    )
    whole = sum(parameter.numel() for parameter in encoder.model.parameters()) - brought
    return BaseSize(of_base, whole - of_base, _pooler(encoder, files))


def _pooler(encoder: Encoder, files: BaseFiles) -> str:
    if POOLER in encoder.new_modules:
        return NEW
    if getattr(encoder.model.base_model, POOLER, None) is not None:
        return COUNTED
    in_files = any(POOLER in tensor.key.split(".") for tensor in find_stored(files.folder))
    return LEFT_OUT if in_files else NONE
