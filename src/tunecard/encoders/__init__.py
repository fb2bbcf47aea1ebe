"""The frozen base: where it lies, what it is, loading it under a task's head, and running it on packed rows.

This room knows models and tokenizers; it must not know adapters, rows or recipes. Its names are found when they are
asked for: where the base lies and which ones can be packed is told without torch.
"""

from typing import TYPE_CHECKING

from tunecard.late_names import late_names

if TYPE_CHECKING:
    from tunecard.encoders.embedded import EMBEDDED, EMBEDDED_ID
    from tunecard.encoders.fp32_block_copies import fp32_copies, is_stored_in_bf16, widen_blocks
    from tunecard.encoders.identity import BaseIdentity, identify_base
    from tunecard.encoders.loading import Encoder, load_encoder, load_tokenizer, outline_encoder
    from tunecard.encoders.locating import BaseFiles, locate_base, put_into_hub, stand_in_hub
    from tunecard.encoders.outputs import forward_padded, inner_model, outputs_of, read_padded
    from tunecard.encoders.packed_batch import PackedBatch, pack, to_device
    from tunecard.encoders.packed_forward import (
        disable_packing,
        enable_packing,
        forward_packed,
        forward_packed_tokens,
        is_packed,
        why_not_packed,
    )
    from tunecard.encoders.positions import count_usable_positions

__all__ = [
    "EMBEDDED", "EMBEDDED_ID", "BaseFiles", "BaseIdentity", "BaseSize", "Encoder", "PackedBatch", "count_base",
    "count_usable_positions", "disable_packing", "enable_packing", "forward_packed", "forward_packed_tokens",
    "forward_padded", "fp32_copies", "identify_base", "inner_model", "is_packed", "is_stored_in_bf16", "load_encoder",
    "load_tokenizer", "locate_base", "outline_encoder", "outputs_of", "pack", "put_into_hub", "read_padded",
    "stand_in_hub", "to_device", "why_not_packed", "widen_blocks",
]  # fmt: skip

_HOMES = {
    "BaseFiles": "locating",
    "BaseIdentity": "identity",
    "BaseSize": "base_size",
    "EMBEDDED": "embedded",
    "EMBEDDED_ID": "embedded",
    "Encoder": "loading",
    "PackedBatch": "packed_batch",
    "count_base": "base_size",
    "count_usable_positions": "positions",
    "disable_packing": "packed_forward",
    "enable_packing": "packed_forward",
    "forward_packed": "packed_forward",
    "forward_packed_tokens": "packed_forward",
    "fp32_copies": "fp32_block_copies",
    "identify_base": "identity",
    "inner_model": "outputs",
    "is_packed": "packed_forward",
    "is_stored_in_bf16": "fp32_block_copies",
    "load_encoder": "loading",
    "load_tokenizer": "loading",
    "locate_base": "locating",
    "outline_encoder": "loading",
    "pack": "packed_batch",
    "outputs_of": "outputs",
    "forward_padded": "outputs",
    "put_into_hub": "locating",
    "read_padded": "outputs",
    "stand_in_hub": "locating",
    "to_device": "packed_batch",
    "why_not_packed": "packed_forward",
    "widen_blocks": "fp32_block_copies",
}

__getattr__ = late_names(__name__, _HOMES)
