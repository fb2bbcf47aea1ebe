"""AdaLoRA: the importance of every singular value is followed, and a falling budget lets the least important ones go.

PEFT's own allocator decides (`peft.tuners.adalora.RankAllocator`). What it has followed is kept in the optimizer's
state, so that checkpoints hold it. Source: Zhang et al. 2023, arXiv:2303.10512, sections 3.2 and 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from peft.tuners.adalora.layer import SVDLinear
from torch import Tensor, nn

from tunecard.adapters.wrapping import resize_to_ranks
from tunecard.errors import RecipeError

FOLLOWED = ("exp_avg_ipt", "exp_avg_unc")
LEAST_STEPS = 3  # one before the budget falls, one while it does, one after


class AdaLoraRule:
    """The budget of one training.

    Args:
        model: with an AdaLoRA adapter; its config gets the numbers of steps.
    Raises: RecipeError: too few steps to cut a budget in.
    """

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, settings: Mapping[str, Any], total_steps: int
    ) -> None:
        self._model: Any = model
        self._optimizer = optimizer
        tuner: Any = self._model.base_model
        self._name: str = tuner.trainable_adapter_name
        self._config: Any = tuner.peft_config[self._name]
        self._allocator: Any = tuner.rankallocator
        if total_steps < LEAST_STEPS:
            raise RecipeError(
                f"AdaLoRA cuts its budget over the steps of a training, {LEAST_STEPS} at least. Got {total_steps}. "
                "Raise training.epochs or lower training.train_batch_size."
            )
        first, last = (float(settings[key]) for key in ("initial_share", "final_share"))
        final = min(max(1, math.floor(last * total_steps)), total_steps - 2)
        initial = min(math.floor(first * total_steps), total_steps - final - 1)
        self._config.total_step, self._config.tinit, self._config.tfinal = total_steps, initial, final

    @property
    def first_kept_step(self) -> int:
        """From here on the budget is met."""
        return int(self._config.total_step - self._config.tfinal)

    def penalty(self) -> Tensor:
        """PEFT's term: how far the factors are from orthonormal, in the mean over them, times its weight."""
        distances = [
            torch.linalg.matrix_norm(gram - torch.eye(len(gram), device=gram.device))
            for layer in self._layers()
            for a, b in [(layer.lora_A[self._name], layer.lora_B[self._name])]
            for gram in (a @ a.t(), b.t() @ b)
        ]
        return float(self._config.orth_reg_weight) * torch.stack(distances).mean()

    def after_step(self, step: int) -> None:
        """Follows importance and cuts the budget."""
        self._take_up()
        if step > self.first_kept_step and not self._config.rank_pattern:  # after a checkpoint was taken up
            self._config.rank_pattern = self._pattern()
        self._model.base_model.update_and_allocate(step)
        self._put_down()

    def finish(self) -> None:
        """Singular values that were let go are taken out: the model has the ranks that its file will have."""
        self._config.rank_pattern = self._pattern()
        resize_to_ranks(self._model)

    def _pattern(self) -> dict[str, list[bool]]:
        return {name: (e != 0).flatten().tolist() for name, e in self._parameters().items() if ".lora_E." in name}

    def _layers(self) -> list[Any]:
        return [module for module in self._model.modules() if isinstance(module, SVDLinear)]

    def _parameters(self) -> dict[str, nn.Parameter]:
        """By the names that the allocator has for them."""
        tuned: nn.Module = self._model.base_model.model
        return {name: p for name, p in tuned.named_parameters() if "lora_" in name and self._name in name}

    def _take_up(self) -> None:
        if self._allocator.ipt:
            return
        for name, parameter in self._parameters().items():
            state = self._optimizer.state.get(parameter, {})
            if all(key in state for key in FOLLOWED):
                self._allocator.ipt[name] = torch.zeros_like(parameter)
                for key in FOLLOWED:
                    getattr(self._allocator, key)[name] = state[key]

    def _put_down(self) -> None:
        for name, parameter in self._parameters().items():
            for key in FOLLOWED:
                followed = getattr(self._allocator, key)
                if name in followed and parameter in self._optimizer.state:
                    self._optimizer.state[parameter][key] = followed[name]
