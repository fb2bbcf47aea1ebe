"""The starts by the names that methods have for them, and a base under an adapter that has begun by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from peft import PeftConfig
from peft.peft_model import PeftModel
from torch import Tensor, nn
from transformers import PreTrainedModel

from tunecard.adapters.loading import peft_config
from tunecard.adapters.methods.method import Method
from tunecard.adapters.starts.corda import start_corda
from tunecard.adapters.starts.eva import start_eva
from tunecard.adapters.starts.gradients import start_from_gradients
from tunecard.adapters.starts.rounding import start_from_rounding
from tunecard.adapters.starts.rows import StartRows
from tunecard.adapters.wrapping import wrap_model

Start = Callable[[PreTrainedModel, Any, StartRows], PeftModel]


def _from_weights(model: PreTrainedModel, config: PeftConfig, rows: StartRows) -> PeftModel:
    """PEFT decomposes the frozen weights while it wraps them; rows are not read."""
    return wrap_model(model, config)


STARTS: dict[str, Start] = {
    "weights": _from_weights,
    "eva": start_eva,
    "corda": start_corda,
    "gradients": start_from_gradients,
    "rounding": start_from_rounding,
}
# Of PEFT's config: no start of its own, and nothing of how one would be made.
PLAIN_START = {"init_lora_weights": True, "loftq_config": {}}


def wrap_at_start(
    model: PreTrainedModel, method: Method, fields: Mapping[str, Any], rows: StartRows | None
) -> PeftModel:
    """Puts a method on a base, begun as the method does.

    Args:
        fields: of PEFT's config.
        rows: to begin from; None where a method with a start of its own is only asked for its shape.
    """
    if method.start is None:
        wrapped = wrap_model(model, peft_config(fields))
    elif rows is None:
        wrapped = wrap_model(model, peft_config({**fields, **PLAIN_START}))
    else:
        wrapped = STARTS[method.start](model, peft_config(fields), rows)
    freeze_parts(wrapped, method)
    return wrapped


def freeze_parts(model: nn.Module, method: Method) -> None:
    """Lets the parts that a method leaves as they were drawn require no gradients."""
    for _, parameter in _parts(model, method, method.frozen_parts):
        parameter.requires_grad_(False)


def frozen_parts(model: nn.Module, method: Method) -> dict[str, Tensor]:
    """Name to value of what a method leaves as it was drawn."""
    return {name: parameter.detach() for name, parameter in _parts(model, method, method.frozen_parts)}


def factors(model: nn.Module, method: Method) -> dict[str, Tensor]:
    """Name to value of every part of an update, copied: where a training began, say."""
    return {name: parameter.detach().clone() for name, parameter in _parts(model, method, method.parts)}


def _parts(model: nn.Module, method: Method, parts: Sequence[str]) -> Iterator[tuple[str, nn.Parameter]]:
    for name, parameter in model.named_parameters():
        if any(f".{method.prefix}{part}." in name for part in parts):
            yield name, parameter
