"""Which models of a Trainer can have a card: told before the first step, not after the last one."""

from __future__ import annotations

from typing import Any

from peft import PeftModel

from tunecard.errors import AdapterError

SENTENCE_ENCODERS = ("setfit.", "sentence_transformers.")


def plain_model(model: Any) -> Any:
    """The model without what parallel training and compiling wrap around it; the model itself is not changed."""
    from accelerate.utils import extract_model_from_parallel

    return extract_model_from_parallel(model, keep_fp32_wrapper=True, keep_torch_compile=False)


def why_only_recorded(model: Any) -> str:
    """ "" for a PeftModel; for a sentence encoder why its training is noted down and no card made.

    Raises: AdapterError: any other model, which no card can be made for.
    """
    if type(model).__module__.startswith(SENTENCE_ENCODERS):
        return (
            f"No card is made of a {type(model).__name__}: its training moves a sentence encoder, whose classifier is "
            "fitted later by scikit-learn, so that no PEFT adapter holds what answers. The training is noted down. For "
            "an adapter with a card from the same rows: `tunecard init DATA`, then `tunecard run recipe.yaml`."
        )
    plain = plain_model(model)
    if isinstance(plain, PeftModel):
        return ""
    raise AdapterError(
        f"CardCallback makes the card of a PEFT adapter, and the model is a {type(plain).__name__} all of whose "
        "weights are saved. Wrap it before it is given to the Trainer: peft.get_peft_model(model, config), with a "
        "config of PEFT that has a task_type. Or use tunecard.TrainingRecorder(), which notes down any training."
    )


def refuse_shards(args: Any) -> None:
    """Raises: AdapterError: weights that no process holds whole, so that none could save and score them."""
    kinds = [name for name in ("fsdp", "deepspeed") if getattr(args, name, None)]
    if kinds:
        raise AdapterError(
            f"CardCallback needs the whole model on the main process, and {kinds[0]} parts it. Use "
            "tunecard.TrainingRecorder(), save the adapter after training, and type `tunecard complete ADAPTER --data "
            "DATA`."
        )
