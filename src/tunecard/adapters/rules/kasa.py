"""KaSA: singular values are kept small and factors near orthogonal, by PEFT's own terms (Wang et al. 2024, eq. 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


class KasaRule:
    """Adds KaSA's two terms to the loss.

    Args:
        model: with a KaSA adapter.
    """

    first_kept_step = 0

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, settings: Mapping[str, Any], total_steps: int
    ) -> None:
        self._model: Any = model

    def penalty(self) -> Tensor:
        """PEFT's regularization of all layers."""
        term: Tensor = self._model.base_model._get_kasa_loss()
        return term

    def after_step(self, step: int) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""
