"""The frozen weight of an adapted module, wherever the base has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from tunecard.adapters.methods.method import WRAPPER

BaseState = Mapping[str, Tensor] | Callable[[str], Tensor]


def base_weight(base_state: BaseState, module: str) -> Tensor | None:
    """The frozen weight of a module; None when the base has none of that name.

    The base may be a plain model, one that PEFT wraps (`base_layer`), or a bare encoder without its prefix (`bert.`).
    """
    bare = module.partition(".")[2]
    for name in (module, WRAPPER + module, bare):
        for key in (f"{name}.weight", f"{name}.base_layer.weight"):
            weight = _look_up(base_state, key)
            if weight is not None:
                return weight
    return None


def _look_up(base_state: BaseState, key: str) -> Tensor | None:
    if isinstance(base_state, Mapping):
        return base_state.get(key)
    try:
        return base_state(key)
    except KeyError:
        return None
