"""A second model over the tensors of a first one: another head, an adapter, or another task, and the base once."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel


def borrow_weights(model: PreTrainedModel, labels: int) -> PreTrainedModel:
    """A second model over the same tensors, with room for a head of `labels` outputs where that has another shape."""
    config = copy.deepcopy(model.config)
    config.num_labels = labels
    with torch.device("meta"):
        borrower: PreTrainedModel = type(model)(config)
    tensors: dict[str, Any] = dict(model.named_parameters(remove_duplicate=False))
    tensors |= dict(model.named_buffers(remove_duplicate=False))
    for path, module in borrower.named_modules():
        for name, empty in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            own = tensors[f"{path}.{name}" if path else name]
            if own.shape != empty.shape:
                own = nn.Parameter(torch.zeros(empty.shape))
            registered = module._parameters if name in module._parameters else module._buffers
            registered[name] = own
    borrower.train(False)
    return borrower


def share_weights(model: PreTrainedModel, lender: PreTrainedModel) -> None:
    """Gives a model of another class on the same base the lender's tensors, wherever they are the same ones."""
    own: Any = model.base_model
    lent = dict(lender.base_model.named_parameters(remove_duplicate=False))
    for path, module in own.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            other = lent.get(f"{path}.{name}" if path else name)
            if other is not None and other.shape == parameter.shape and torch.equal(other.cpu(), parameter.cpu()):
                module._parameters[name] = other
