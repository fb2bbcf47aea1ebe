"""A model as it answers while some layers of its encoder carry no update: the base's own behaviour, for every method.

PEFT's layers know a way past their update; its switch turns all of them at once and changes what may learn. Here it is
turned for some of them, and back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from tunecard.adapters.methods.registry import method_of

SWITCH = "_disable_adapters"
Updated = dict[int | None, list[nn.Module]]


def layer_of(module: str) -> int | None:
    """The index of the layer a module is in: the first number in its name.

    >>> layer_of("bert.encoder.layer.11.attention.self.query"), layer_of("bert.pooler.dense")
    (11, None)
    """
    found = re.search(r"(?:^|\.)(\d+)(?:\.|$)", module)
    return int(found.group(1)) if found else None


def updated_by_layer(model: nn.Module) -> Updated:
    """Modules with an update by the encoder layer that they are in, in its order; under None those in no layer."""
    found: Updated = {}
    several: list[tuple[str, Any]] = [
        (name, module) for name, module in model.named_modules() if isinstance(module, BaseTunerLayer)
    ]
    for name, module in several:
        found.setdefault(layer_of(name), []).append(module)
    return dict(sorted(found.items(), key=lambda pair: (pair[0] is None, pair[0] or 0)))


def why_no_layer(model: nn.Module) -> str:
    """Why no layer can be left without its update; "" where one can."""
    if not isinstance(model, PeftModel):
        return "it is no adapter: weights of the model itself were trained, and no layer has an update of its own"
    methods = [method_of(config.to_dict()) for config in model.peft_config.values()]
    if reason := next((method.unlayered for method in methods if method and method.unlayered), ""):
        return reason
    if not any(layer is not None for layer in updated_by_layer(model)):
        return "its update is in no numbered layer of the encoder, so that none can be taken away from one"
    return ""


@contextmanager
def without_updates(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Inside, these modules compute what the frozen base computes; heads and whole modules stay as trained."""
    several: list[Any] = list(modules)
    before = [getattr(module, SWITCH) for module in several]
    try:
        for module in several:
            setattr(module, SWITCH, True)
        yield
    finally:
        for module, was in zip(several, before, strict=True):
            setattr(module, SWITCH, was)
