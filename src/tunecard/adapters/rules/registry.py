"""The rules by the names that methods have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from tunecard.adapters.rules.adalora import AdaLoraRule
from tunecard.adapters.rules.kasa import KasaRule
from tunecard.adapters.rules.rule import Rule

# Of a model, its optimizer, the settings that no config of PEFT holds, and the steps of the training.
RULES: dict[str, Callable[[nn.Module, torch.optim.Optimizer, Mapping[str, Any], int], Rule]] = {
    "adalora": AdaLoraRule,
    "kasa": KasaRule,
}
