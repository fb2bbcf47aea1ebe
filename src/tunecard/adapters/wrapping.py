"""Stock PEFT puts a method on a model, and is told what else its forward asks."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from peft import PeftConfig, PeftType, get_peft_model
from peft.peft_model import PeftModel
from torch import nn
from transformers import PreTrainedModel

from tunecard.adapters.methods.registry import reads_task


def wrap_model(model: PreTrainedModel, config: PeftConfig) -> PeftModel:
    """`peft.get_peft_model`, less notes that tell nobody anything."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        # AdaLoRA calls what it has kept by the name of LoRA's own ranks, and PEFT looks for those.
        warnings.filterwarnings("ignore", message="The following rank_pattern keys did not match")
        # What EVA starts from is put there afterwards.
        warnings.filterwarnings("ignore", message="lora with eva initialization used")
        wrapped = get_peft_model(model, config)
    if reads_task(config.to_dict()):
        wrapped.register_forward_pre_hook(_first_task, with_kwargs=True)
    return wrapped


def _first_task(model: nn.Module, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Some methods of PEFT learn several tasks at once, and ask of each row which one it is of: here, the first."""
    rows, device = len(kwargs["input_ids"]), kwargs["input_ids"].device
    return args, {"task_ids": torch.zeros(rows, dtype=torch.long, device=device), **kwargs}


def kept_ranks(config: Mapping[str, Any]) -> dict[str, int]:
    """Module to rank, where an AdaLoRA config says which singular values it has kept."""
    kept = config.get("rank_pattern") or {}
    return {name.partition(".lora_")[0]: sum(mask) for name, mask in kept.items() if isinstance(mask, list)}


def resize_to_ranks(model: PeftModel) -> None:
    """Leaves of every AdaLoRA update the ranks that its config has kept, as PEFT does on loading a file."""
    for name, config in model.peft_config.items():
        kept: Any = getattr(config, "rank_pattern", None)
        if config.peft_type == PeftType.ADALORA and kept:
            tuner: Any = model.base_model
            tuner.resize_modules_by_rank_pattern(kept, name)
