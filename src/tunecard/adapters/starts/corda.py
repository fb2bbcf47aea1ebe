"""CorDA: the factors start as the part of each weight that its inputs use, by their covariance over rows (PEFT's)."""

from __future__ import annotations

import torch
from peft import LoraConfig
from peft.peft_model import PeftModel
from peft.tuners.lora.corda import preprocess_corda
from transformers import PreTrainedModel

from tunecard.adapters.starts.rows import StartRows
from tunecard.adapters.wrapping import wrap_model
from tunecard.encoders import forward_padded


def start_corda(model: PreTrainedModel, config: LoraConfig, rows: StartRows) -> PeftModel:
    """The wrapped model, whose base is less what the factors took over."""

    def read_rows() -> None:
        # PEFT's sums know no padding: every sequence goes alone.
        for inputs in rows.one_by_one():
            forward_padded(model, inputs)

    was_training = model.training
    with torch.no_grad():
        preprocess_corda(model, config, run_model=read_rows)
    model.train(was_training)
    return wrap_model(model, config)
