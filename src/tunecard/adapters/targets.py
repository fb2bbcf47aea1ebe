"""Which linear layers get an update: names of attention projections, checked against the model before wrapping."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from transformers import PreTrainedModel

from tunecard.errors import AdapterError, nearest


def choose_targets(model: PreTrainedModel, targets: Sequence[str] | str) -> tuple[str, ...]:
    """Module names for `targets`: `auto` is every linear layer inside the encoder's blocks, as is `all-linear`.

    The rule and its evidence: docs/log.md, "Which layers".
    """
    if not isinstance(targets, str):
        return tuple(targets)
    if targets in {"auto", "all-linear"}:
        return tuple(sorted(_linear_names_in_blocks(model)))
    return (targets,)


def check_targets(model: PreTrainedModel, targets: Sequence[str]) -> None:
    """Raises: AdapterError: a name that matches no linear layer, or one that belongs to the head."""
    linear = {name for name, module in model.named_modules() if isinstance(module, nn.Linear)}
    inside = _linear_names_in_blocks(model)
    faults = []
    for target in targets:
        matched = [name for name in linear if name == target or name.endswith("." + target)]
        if not matched:
            known = sorted(inside)
            hint = nearest(target, [*known, *sorted({name.rpartition(".")[2] for name in known})])
            faults.append(
                f"adapter.target_modules: {target!r} matches no linear layer of this base. "
                f"It has {', '.join(known)}.{hint}"
            )
        elif all(not _is_in_block(name) for name in matched):
            faults.append(
                f"adapter.target_modules: {target!r} is part of the head, which is trained whole. Leave it out."
            )
    if faults:
        raise AdapterError(faults)


def reaches_lowest_block(model: PreTrainedModel, targets: Sequence[str]) -> bool:
    """Whether a target names a layer of block 0."""
    inside = [name for name, module in model.named_modules() if isinstance(module, nn.Linear) and _is_in_block(name)]
    matched = [name for name in inside if any(name == target or name.endswith("." + target) for target in targets)]
    return any(next(part for part in name.split(".") if part.isdigit()) == "0" for name in matched)


def count_adapted(model: nn.Module) -> int:
    """How many linear layers carry an update."""
    return sum(1 for name, _ in model.named_modules() if name.endswith(".lora_A"))


def _linear_names_in_blocks(model: PreTrainedModel) -> set[str]:
    names = set()
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and _is_in_block(name):
            block = next(position for position, part in enumerate(name.split(".")) if part.isdigit())
            names.add(".".join(name.split(".")[block + 1 :]))
    return names


def _is_in_block(name: str) -> bool:
    return any(part.isdigit() for part in name.split("."))
