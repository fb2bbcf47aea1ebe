"""Stock PEFT puts a method on a model."""

from __future__ import annotations

import warnings

from peft import PeftConfig, get_peft_model
from peft.peft_model import PeftModel
from transformers import PreTrainedModel


def wrap_model(model: PreTrainedModel, config: PeftConfig) -> PeftModel:
    """`peft.get_peft_model`, with transformers' note to PEFT about a renamed attribute left out."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        return get_peft_model(model, config)
