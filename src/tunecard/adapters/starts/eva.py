"""EVA: A starts as the directions in which the inputs of each layer vary most, by PEFT's incremental decomposition."""

from __future__ import annotations

from typing import Any

from peft import PeftConfig, initialize_lora_eva_weights
from peft.peft_model import PeftModel
from transformers import PreTrainedModel

from tunecard.adapters.starts.rows import StartRows
from tunecard.adapters.wrapping import wrap_model
from tunecard.encoders import forward_padded
from tunecard.errors import AdapterError


def start_eva(model: PreTrainedModel, config: PeftConfig, rows: StartRows) -> PeftModel:
    """The wrapped model. Modules may get ranks of their own (`rho` above 1): the config then says which.

    Raises: AdapterError: the rows have too few tokens for the rank.
    """
    wrapped = wrap_model(model, config)
    was_training = wrapped.training
    wrapped.eval()
    settings: Any = config
    widest = int(settings.r * settings.eva_config.rho)
    enough = [batch for batch in rows.batches if int(batch["attention_mask"].sum()) >= widest]
    if not enough:
        raise AdapterError(
            f"EVA reads {widest} directions of the inputs, the rank times rho, and no batch of training rows has as "
            "many tokens. Lower adapter.rank or adapter.rho."
        )
    initialize_lora_eva_weights(wrapped, enough, forward_fn=forward_padded, show_progress_bar=False)
    wrapped.train(was_training)
    return wrapped
