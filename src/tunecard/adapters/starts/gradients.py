"""LoRA-GA: the factors start along the singular vectors of the loss's gradient over rows, as in PEFT."""

from __future__ import annotations

import warnings

from peft import LoraConfig
from peft.peft_model import PeftModel
from peft.tuners.lora.loraga import preprocess_loraga
from transformers import PreTrainedModel

from tunecard.adapters.starts.rows import StartRows
from tunecard.adapters.wrapping import wrap_model


def start_from_gradients(model: PreTrainedModel, config: LoraConfig, rows: StartRows) -> PeftModel:
    """The wrapped model, whose base is less what the factors begin as."""

    def learn_from_rows() -> None:
        model.train(False)  # a start shall not hang on what dropout draws
        for loss in rows.losses(model):
            loss.backward()  # type: ignore[no-untyped-call]

    was_training = model.training
    with warnings.catch_warnings():
        # PEFT counts backward passes by hooks on layers whose inputs, token vectors that are frozen, need no gradient.
        warnings.filterwarnings("ignore", message="Full backward hook is firing")
        preprocess_loraga(model, config, learn_from_rows)
    model.zero_grad(set_to_none=True)
    model.train(was_training)
    return wrap_model(model, config)
