"""An adapter whose start took a part of the base, as a plain one on the base as it was: the difference to its start.

    W + ΔW = (W - s · B₀ A₀) + s · B A,   so   ΔW = s · [B, -B₀] [A; A₀]

The rank is twice that of training, and nothing is lost. Source: the same step in PEFT, `subtract_mutated_init`, which
drops what was trained whole and wants the start on disk.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftConfig
from peft.peft_model import PeftModel
from torch import Tensor
from transformers import PreTrainedModel

from tunecard.adapters.adding import put_trainable_state
from tunecard.adapters.methods.method import Method
from tunecard.adapters.starts.registry import freeze_parts
from tunecard.adapters.wrapping import resize_to_ranks, wrap_model

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Widening:
    """What became of an adapter on its way from training to its file.

    Attributes:
        trained_rank, shipped_rank: of its updates.
        trained_parameters, shipped_parameters: heads included.
        largest_difference: absolute, of a logit on a probe batch, from the trained model to the one that is shipped;
            None where the trained one was rounded, and says nothing about the step.
    """

    trained_rank: int
    shipped_rank: int
    trained_parameters: int
    shipped_parameters: int
    largest_difference: float | None = None


def widened_config(config: PeftConfig) -> PeftConfig:
    """The config of the plain adapter of the difference: twice the rank, at the same scaling."""
    wide: Any = copy.deepcopy(config)
    wide.r, wide.lora_alpha, wide.init_lora_weights = 2 * wide.r, 2 * wide.lora_alpha, True
    wide.corda_config, wide.lora_ga_config, wide.loftq_config = None, None, {}
    result: PeftConfig = wide
    return result


def widened_state(learned: State, start: State) -> dict[str, Tensor]:
    """What was learned, each factor beside what it began as.

    Args:
        learned: name to value of all that learned.
        start: of the factors A (r, in) and B (out, r), by the same names.
    """
    wide = dict(learned)
    for name, before in start.items():
        after = learned[name].cpu()
        is_up = ".lora_B." in name
        wide[name] = torch.cat([after, -before.cpu()], dim=1) if is_up else torch.cat([after, before.cpu()], dim=0)
    return wide


def on_untouched_base(base: PreTrainedModel, config: PeftConfig, learned: State, start: State) -> PeftModel:
    """The plain adapter of the difference on a base that was loaded afresh.

    Args:
        config: of the adapter as it was trained.
    """
    model = wrap_model(base, widened_config(config))
    put_trainable_state(model, widened_state(learned, start))
    return model


def on_same_base(base: PreTrainedModel, method: Method, config: PeftConfig, learned: State) -> PeftModel:
    """What was learned, on a base that was loaded afresh.

    Args:
        config: of the adapter as it was trained.
        learned: with the parts that stayed as they were drawn.
    """
    model = wrap_model(base, copy.deepcopy(config))
    freeze_parts(model, method)
    resize_to_ranks(model)
    with torch.no_grad():
        for name, tensor in learned.items():
            model.get_parameter(name).copy_(tensor)
    return model


def widening_of(config: PeftConfig, learned: State, shipped: State, difference: float | None) -> Widening:
    """Ranks and counts before and after, and how far logits moved."""
    rank = int(config.r)  # type: ignore[attr-defined]  # of LoRA's own config
    sizes = [sum(tensor.numel() for tensor in state.values()) for state in (learned, shipped)]
    return Widening(rank, 2 * rank, sizes[0], sizes[1], difference)
