"""Which linear layers get an update: names as a recipe gives them beside those of the model, wrapped or not yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peft import PeftModel, get_peft_model_state_dict
from peft.tuners.trainable_tokens import TrainableTokensLayer
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from transformers import PreTrainedModel

from tunecard.adapters.methods.method import Layers, Method
from tunecard.errors import nearest


def choose_targets(model: PreTrainedModel, targets: Sequence[str] | str) -> tuple[str, ...]:
    """Module names for `targets`: `auto` is every linear layer inside the encoder's blocks, as is `all-linear`.

    The rule and its evidence: docs/log.md, "Which layers".
    """
    if not isinstance(targets, str):
        return tuple(targets)
    if targets in {"auto", "all-linear"}:
        return tuple(sorted(_linear_names_in_blocks(model)))
    return (targets,)


def check_targets(model: PreTrainedModel, targets: Sequence[str], key: str) -> list[str]:
    """A sentence for each name that matches no linear layer, or belongs to the head; `key` is the recipe's."""
    linear = {name for name, module in model.named_modules() if isinstance(module, nn.Linear)}
    inside = _linear_names_in_blocks(model)
    faults = []
    for target in targets:
        matched = [name for name in linear if name == target or name.endswith("." + target)]
        if not matched:
            known = sorted(inside)
            hint = nearest(target, [*known, *sorted({name.rpartition(".")[2] for name in known})])
            faults.append(f"{key}: {target!r} matches no linear layer of this base. It has {', '.join(known)}.{hint}")
        elif all(not _is_in_block(name) for name in matched):
            faults.append(f"{key}: {target!r} is part of the head, which is trained whole. Leave it out.")
    return faults


def reaches_lowest_block(model: PreTrainedModel, targets: Sequence[str]) -> bool:
    """Whether a target names a layer of block 0."""
    ends = tuple("." + target for target in targets)
    matched = [name for name in layers_in_blocks(model) if ("." + name).endswith(ends)]
    return any(next(part for part in name.split(".") if part.isdigit()) == "0" for name in matched)


def count_adapted(model: nn.Module) -> int:
    """How many layers carry an update; embeddings of which a few rows learned are none, nor are layers of no weight."""
    carriers: list[Any] = [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
    return sum(
        not isinstance(module, TrainableTokensLayer) and any(True for _ in module.parameters()) for module in carriers
    )


def count_added(model: PeftModel, method: Method) -> int:
    """Parameters that the method adds to the base, as they are saved: each once, and none that never learns."""
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    own = [tensor for name, tensor in state.items() if method.is_own(name) and not method.is_derived(name)]
    return sum({tensor.data_ptr() or id(tensor): tensor.numel() for tensor in own}.values())


def linear_names(model: nn.Module) -> list[str]:
    """Names of linear layers as `target_modules` takes them, with or without an update on them."""
    updated = [name + "." for name, module in model.named_modules() if isinstance(module, BaseTunerLayer)]
    return [
        name
        for name, module in model.named_modules()
        if isinstance(getattr(module, "base_layer", module), nn.Linear) and not name.startswith(tuple(updated))
    ]


def layers_in_blocks(model: nn.Module) -> Layers:
    """Linear layers of the encoder's blocks: name to inputs and outputs."""
    return {
        name: (module.in_features, module.out_features)
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and _is_in_block(name)
    }


def _linear_names_in_blocks(model: PreTrainedModel) -> set[str]:
    names = set()
    for name in layers_in_blocks(model):
        block = next(position for position, part in enumerate(name.split(".")) if part.isdigit())
        names.add(".".join(name.split(".")[block + 1 :]))
    return names


def _is_in_block(name: str) -> bool:
    return any(part.isdigit() for part in name.split("."))
