"""The PEFT methods: wrap a base, compute its layers fused, save what was learned, load it strictly.

Foreign spellings (`r`, `lora_alpha`) live only here, each method's in its file in `methods/`, which needs no torch.
This room must not know rows or how training goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.late_names import late_names

if TYPE_CHECKING:
    from tunecard.adapters.adding import add_adapter as add_adapter
    from tunecard.adapters.adding import put_trainable_state as put_trainable_state
    from tunecard.adapters.adding import trainable_state as trainable_state
    from tunecard.adapters.fused.fused_layers import fuse_layers as fuse_layers
    from tunecard.adapters.fused.fused_layers import unfuse_layers as unfuse_layers
    from tunecard.adapters.loading import AdapterExpectation as AdapterExpectation
    from tunecard.adapters.loading import check_expectation as check_expectation
    from tunecard.adapters.loading import load_adapter as load_adapter
    from tunecard.adapters.loading import read_adapter_config as read_adapter_config
    from tunecard.adapters.loading import why_padded as why_padded
    from tunecard.adapters.saving import save_adapter as save_adapter

_HOMES = {
    "AdapterExpectation": "loading",
    "add_adapter": "adding",
    "check_expectation": "loading",
    "fuse_layers": "fused.fused_layers",
    "load_adapter": "loading",
    "put_trainable_state": "adding",
    "read_adapter_config": "loading",
    "save_adapter": "saving",
    "trainable_state": "adding",
    "unfuse_layers": "fused.fused_layers",
    "why_padded": "loading",
}

__getattr__ = late_names(__name__, _HOMES)
