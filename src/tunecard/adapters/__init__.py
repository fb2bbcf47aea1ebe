"""The PEFT methods: wrap a base, compute its layers fused, save what was learned, load it strictly.

Foreign spellings (`r`, `lora_alpha`) live only here, each method's in its file in `methods/`, which needs no torch.
This room must not know rows or how training goes.
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "AdapterExpectation": "loading",
    "add_adapter": "adding",
    "check_expectation": "loading",
    "fuse_layers": "fused.fused_layers",
    "load_adapter": "loading",
    "read_adapter_config": "loading",
    "save_adapter": "saving",
    "trainable_state": "adding",
    "unfuse_layers": "fused.fused_layers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
