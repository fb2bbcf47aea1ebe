"""The frozen base: where it lies, what it is, loading it under a task's head, and running it on packed rows.

This room knows models and tokenizers; it must not know adapters, rows or recipes.
"""

from tunecard.encoders.embedded import EMBEDDED, EMBEDDED_ID
from tunecard.encoders.fp32_block_copies import fp32_block_copies, is_stored_in_bf16, widen_blocks
from tunecard.encoders.identity import BaseIdentity, identify_base
from tunecard.encoders.limits import count_usable_positions
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

__all__ = [
    "EMBEDDED",
    "EMBEDDED_ID",
    "BaseFiles",
    "BaseIdentity",
    "Encoder",
    "PackedBatch",
    "count_usable_positions",
    "disable_packing",
    "enable_packing",
    "forward_packed",
    "fp32_block_copies",
    "identify_base",
    "inner_model",
    "is_packed",
    "is_stored_in_bf16",
    "load_encoder",
    "load_tokenizer",
    "locate_base",
    "outline_encoder",
    "pack",
    "reads_texts",
    "stand_in_hub",
    "to_device",
    "why_not_packed",
    "widen_blocks",
]
