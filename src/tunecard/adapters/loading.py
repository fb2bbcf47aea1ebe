"""Strict loading: stock PEFT ignores unexpected keys and does not know bases; here both are errors that name them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import peft
import torch
from peft import (
    PEFT_TYPE_TO_CONFIG_MAPPING,
    PeftConfig,
    PeftType,
    TaskType,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from peft.peft_model import PeftModel
from safetensors import SafetensorError, safe_open
from torch import nn
from transformers import PreTrainedModel

from tunecard.errors import AdapterError
from tunecard.evidence.ledger import RunFolder

# The field by which an adapter's config could name code to import. It serves `AutoPeftModel` alone; here it is dropped.
IGNORED_KEYS = ("auto_mapping",)
PICKLED = "adapter_model.bin"


@dataclass(frozen=True)
class AdapterExpectation:
    """What an adapter must fit: the base it was trained on and the labels in order; None is not checked."""

    base_id: str | None = None
    base_weights_sha256: str | None = None
    labels: Sequence[str] | None = None


def read_adapter_config(folder: RunFolder) -> dict[str, Any]:
    """adapter_config.json as a mapping, less what could name code.

    Raises: AdapterError: it is missing or broken, or there are no weights in safetensors.
    """
    place = str(folder.adapter_config)
    try:
        content = folder.read_json(folder.adapter_config)
    except FileNotFoundError as error:
        raise AdapterError("no adapter_config.json here: not an adapter folder.", place=str(folder.path)) from error
    except (OSError, ValueError) as error:
        raise AdapterError(f"is not JSON: {error}", place=place) from error
    if not isinstance(content, dict):
        raise AdapterError(f"must be a mapping. Got {type(content).__name__}.", place=place)
    if not folder.adapter_weights.is_file():
        raise AdapterError(f"no adapter_model.safetensors here. {_why_no_pickle(folder)}", place=str(folder.path))
    return {key: value for key, value in content.items() if key not in IGNORED_KEYS}


def _why_no_pickle(folder: RunFolder) -> str:
    if not (folder.path / PICKLED).is_file():
        return f"Pickled weights ({PICKLED}) would not be read either."
    return (
        f"Its {PICKLED} is a pickle, which can run code when it is read, so it is not. Save the adapter again where "
        "you trust it: model.save_pretrained(folder, safe_serialization=True)."
    )


def check_expectation(found: AdapterExpectation, expected: AdapterExpectation, place: str) -> None:
    """Raises: AdapterError: another base or other (or reordered) labels; all faults at once."""
    faults = []
    if expected.base_weights_sha256 and found.base_weights_sha256 != expected.base_weights_sha256:
        faults.append(
            f"the adapter was trained on {expected.base_id} with weights sha256 {expected.base_weights_sha256[:12]}. "
            f"Got {found.base_id} with {str(found.base_weights_sha256)[:12]}. Load the base it was trained on."
        )
    if expected.labels is not None and found.labels is not None and list(found.labels) != list(expected.labels):
        is_permuted = sorted(found.labels) == sorted(expected.labels)
        what = "the same labels in another order" if is_permuted else "other labels"
        faults.append(f"config.json has {what}: {_shown(found.labels)}. The evidence says {_shown(expected.labels)}.")
    if faults:
        raise AdapterError(faults, place=place)


def load_adapter(model: PreTrainedModel, folder: RunFolder) -> PeftModel:
    """Puts the adapter of `folder` on a freshly loaded base.

    Raises: AdapterError: missing, unexpected or shape-changed keys, or values that are not finite; all named.
    """
    config = peft_config(read_adapter_config(folder), str(folder.adapter_config))
    config.inference_mode = True
    config.base_model_name_or_path = None  # PEFT would warn that it is "renamed" to the folder the base lies in
    try:
        wrapped = wrap_model(model, config)
    except (ValueError, RuntimeError, AttributeError) as error:
        raise AdapterError(f"does not fit this base: {error}", place=str(folder.adapter_config)) from error
    tensors = read_tensors(folder.adapter_weights)
    # Without an explicit "no", PEFT asks the Hub whether the base's vocabulary has grown.
    expected = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    _check_tensors(tensors, expected, str(folder.adapter_weights))
    set_peft_model_state_dict(wrapped, tensors)
    return wrapped.eval()


def is_prompt_learning(model: PeftModel) -> bool:
    """Whether the adapter adds tokens to its input: such a model reads rows one way only, through its own forward."""
    return any(config.is_prompt_learning for config in model.peft_config.values())


def gives_logits_of_prompt(model: nn.Module) -> bool:
    """Whether rows of words come back with logits of the learned prompt in front, which stock code does not expect."""
    configs = model.peft_config.values() if isinstance(model, PeftModel) else []
    in_input = {PeftType.PROMPT_TUNING, PeftType.P_TUNING}
    return any(config.peft_type in in_input and config.task_type == TaskType.TOKEN_CLS for config in configs)


def wrap_model(model: PreTrainedModel, config: PeftConfig) -> PeftModel:
    """`peft.get_peft_model`, with transformers' note to PEFT about a renamed attribute left out."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        return get_peft_model(model, config)


def peft_config(content: Mapping[str, Any], place: str = "adapter") -> PeftConfig:
    """Fields by PEFT's names as PEFT's own type.

    Raises: AdapterError: no method of this PEFT, or a key that it does not know and would drop, unless that says "off".
    """
    kind = content.get("peft_type")
    if kind not in PEFT_TYPE_TO_CONFIG_MAPPING:
        raise AdapterError(f"peft_type must be a method of peft {peft.__version__}. Got {kind!r}.", place=place)
    known = {field.name for field in fields(PEFT_TYPE_TO_CONFIG_MAPPING[kind])}
    strange = [key for key, value in content.items() if key not in known and value]
    if strange:
        raise AdapterError(
            [f"peft {peft.__version__} does not know {key}: {content[key]!r}. Update peft." for key in strange],
            place=place,
        )
    settings = {key: value for key, value in content.items() if key in known}
    try:
        config: PeftConfig = PeftConfig.from_peft_type(**settings)  # type: ignore[no-untyped-call]
    except (TypeError, ValueError) as error:
        raise AdapterError(f"is no config of {kind}: {error}", place=place) from error
    return config


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file. Raises: AdapterError: it is cut or is none."""
    try:
        with safe_open(path, framework="pt") as stream:
            return {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118 - a safe_open is no mapping
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size if path.is_file() else 0
        raise AdapterError(f"cannot be read ({size} bytes): {error}. Fetch it again.", place=str(path)) from error


def _check_tensors(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], place: str) -> None:
    faults = [f"missing key {key}" for key in sorted(expected.keys() - found.keys())]
    faults += [f"unexpected key {key}" for key in sorted(found.keys() - expected.keys())]
    for key in sorted(found.keys() & expected.keys()):
        if found[key].shape != expected[key].shape:
            faults.append(f"{key} must have shape {tuple(expected[key].shape)}. Got {tuple(found[key].shape)}.")
        elif not torch.isfinite(found[key]).all():
            faults.append(f"{key} holds values that are not finite.")
    if faults:
        raise AdapterError(["the file does not belong to this base and config:", *faults], place=place)


def _shown(labels: Sequence[str]) -> str:
    return ", ".join(labels[:6]) + (f", ... ({len(labels)})" if len(labels) > 6 else "")
