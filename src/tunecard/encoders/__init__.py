"""The frozen base: where it lies, what it is, loading it under a task's head, and running it on packed rows.

This room knows models and tokenizers; it must not know adapters, rows or recipes. Its names are found when they are
asked for: where the base lies and which ones can be packed is told without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecard.encoders.embedded import EMBEDDED, EMBEDDED_ID
    from tunecard.encoders.fp32_block_copies import fp32_copies, is_stored_in_bf16, widen_blocks
    from tunecard.encoders.identity import BaseIdentity, identify_base
    from tunecard.encoders.loading import Encoder, load_encoder, load_tokenizer, outline_encoder
    from tunecard.encoders.locating import BaseFiles, locate_base, stand_in_hub
    from tunecard.encoders.packed_batch import PackedBatch, pack, to_device
    from tunecard.encoders.packed_forward import (
        disable_packing,
        enable_packing,
        forward_packed,
        inner_model,
        is_packed,
        reads_texts,
        why_not_packed,
    )
    from tunecard.encoders.positions import count_usable_positions

__all__ = [
    "EMBEDDED", "EMBEDDED_ID", "BaseFiles", "BaseIdentity", "Encoder", "PackedBatch", "count_usable_positions",
    "disable_packing", "enable_packing", "forward_packed", "fp32_copies", "identify_base", "inner_model",
    "is_packed", "is_stored_in_bf16", "load_encoder", "load_tokenizer", "locate_base", "outline_encoder", "pack",
    "reads_texts", "stand_in_hub", "to_device", "why_not_packed", "widen_blocks",
]  # fmt: skip

_HOMES = {
    "embedded": ("EMBEDDED", "EMBEDDED_ID"),
    "fp32_block_copies": ("fp32_copies", "is_stored_in_bf16", "widen_blocks"),
    "identity": ("BaseIdentity", "identify_base"),
    "loading": ("Encoder", "load_encoder", "load_tokenizer", "outline_encoder"),
    "locating": ("BaseFiles", "locate_base", "stand_in_hub"),
    "packed_batch": ("PackedBatch", "pack", "to_device"),
    "positions": ("count_usable_positions",),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((home for home, names in _HOMES.items() if name in names), "packed_forward")
    return getattr(import_module(f"{__name__}.{home}"), name)
