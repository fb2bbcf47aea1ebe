"""The PEFT methods: wrap a base, compute its layers fused, save what was learned, load it strictly.

Foreign spellings (`r`, `lora_alpha`) live only here. This room must not know rows, recipes or how training goes.
"""

from tunecard.adapters.fused.fused_layers import fuse_layers, unfuse_layers
from tunecard.adapters.loading import AdapterExpectation, check_expectation, load_adapter, read_adapter_config
from tunecard.adapters.methods.registry import (
    METHODS,
    AdapterPlan,
    Method,
    add_adapter,
    leaves_base_frozen,
    trainable_state,
)
from tunecard.adapters.saving import save_adapter

__all__ = [
    "METHODS",
    "AdapterExpectation",
    "AdapterPlan",
    "Method",
    "add_adapter",
    "check_expectation",
    "fuse_layers",
    "leaves_base_frozen",
    "load_adapter",
    "read_adapter_config",
    "save_adapter",
    "trainable_state",
    "unfuse_layers",
]
