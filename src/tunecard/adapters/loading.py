"""Strict loading: stock PEFT ignores unexpected keys and does not know bases; here both are errors that name them."""

from __future__ import annotations

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
    set_peft_model_state_dict,
)
from peft.peft_model import PeftModel
from torch import nn
from transformers import PreTrainedModel

from tunecard.adapters.config_bounds import PEFTS_FAULTS, check_bounds
from tunecard.adapters.methods.registry import method_of, reads_task
from tunecard.adapters.outline import (
    WHOLE_TABLE,
    Outline,
    expected_tensors,
    is_laid_out_first,
    key_faults,
    misfits,
    tensors_of,
)
from tunecard.adapters.tensors_at_once import tensors_at_once
from tunecard.adapters.wrapping import wrap_model
from tunecard.errors import AdapterError
from tunecard.evidence.adapter_file import SavedTensor, read_header
from tunecard.evidence.ledger import RunFolder

# The field by which an adapter's config could name code to import. It serves `AutoPeftModel` alone; here it is dropped.
IGNORED_KEYS = ("auto_mapping",)
PICKLED = "adapter_model.bin"
OF_TOKENS = (TaskType.TOKEN_CLS, TaskType.QUESTION_ANS, TaskType.FEATURE_EXTRACTION)


@dataclass(frozen=True)
class AdapterExpectation:
    """What an adapter must fit: the base it was trained on and the labels in order; None is not checked."""

    base_id: str | None = None
    base_weights_sha256: str | None = None
    labels: Sequence[str] | None = None
    base_config_sha256: str | None = None


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
    if expected.base_config_sha256 and found.base_config_sha256 != expected.base_config_sha256:
        faults.append(
            f"the adapter was trained on {expected.base_id} with a config.json of sha256 "
            f"{expected.base_config_sha256[:12]}. Got {found.base_id} with {str(found.base_config_sha256)[:12]}, which "
            "may change every answer. Load the base as it was."
        )
    if expected.labels is not None and found.labels is not None and list(found.labels) != list(expected.labels):
        is_permuted = sorted(found.labels) == sorted(expected.labels)
        what = "the same labels in another order" if is_permuted else "other labels"
        faults.append(f"config.json has {what}: {_shown(found.labels)}. The evidence says {_shown(expected.labels)}.")
    if faults:
        raise AdapterError(faults, place=place)


def load_adapter(model: PreTrainedModel, folder: RunFolder) -> PeftModel:
    """Puts the adapter of `folder` on a freshly loaded base.

    Nothing is allocated before the config and the header of the weights are known to agree, or, of a method that PEFT
    cannot lay out without memory, before the config is known to ask for no more than anybody has.

    Raises: AdapterError: patterns out of bounds, missing, unexpected or shape-changed keys, values that are no
        floating-point numbers or not finite; all named.
    """
    content, place = read_adapter_config(folder), str(folder.adapter_config)
    config = peft_config(content, place)
    config.inference_mode = True
    config.base_model_name_or_path = None  # PEFT would warn that it is "renamed" to the folder the base lies in
    header = _without_table(model, folder.adapter_weights, read_tensor_header(folder.adapter_weights))
    check_bounds(model, content, place)
    try:
        early = expected_tensors(model, config) if is_laid_out_first(config) else None
        tensors = fitting_tensors(folder.adapter_weights, header, early) if early is not None else {}
        wrapped = wrap_model(model, config)
        tensors = tensors or fitting_tensors(folder.adapter_weights, header, tensors_of(wrapped))
    except PEFTS_FAULTS as error:
        raise AdapterError(f"does not fit this base: {error}", place=place) from error
    set_peft_model_state_dict(wrapped, tensors)
    return wrapped.eval()


def is_prompt_learning(model: PeftModel) -> bool:
    """Whether the adapter adds tokens to its input: such a model reads rows one way only, through its own forward."""
    return any(config.is_prompt_learning for config in model.peft_config.values())


def why_padded(model: nn.Module) -> str | None:
    """Why rows with this adapter cannot lie end to end, whatever the base; None where they may."""
    if not isinstance(model, PeftModel):
        return None
    if is_prompt_learning(model):
        return "a learned prompt stands in front of every row"
    methods = [method_of(config.to_dict()) for config in model.peft_config.values()]
    return next((method.unpacked for method in methods if method and method.unpacked), None)


def gives_logits_of_prompt(model: nn.Module) -> bool:
    """Whether what is said of each token comes back with the learned prompt's in front, which stock code does not
    expect: of words, of spans, and of a model without a head, whose vectors are means over tokens."""
    configs = model.peft_config.values() if isinstance(model, PeftModel) else []
    in_input = {PeftType.PROMPT_TUNING, PeftType.P_TUNING, PeftType.MULTITASK_PROMPT_TUNING}
    return any(config.peft_type in in_input and config.task_type in OF_TOKENS for config in configs)


def why_code_fails(model: nn.Module) -> str | None:
    """Why stock code of three lines gives no answer, or misreads it; None where it does well."""
    if gives_logits_of_prompt(model):
        return "its learned prompt has outputs of its own, in front of those of the words, which the code does not skip"
    configs = model.peft_config.values() if isinstance(model, PeftModel) else []
    if any(reads_task(config.to_dict()) for config in configs):
        return "PEFT's forward asks which task each row is of (`task_ids`, all 0 here), which the code does not say"
    return None


def peft_config(content: Mapping[str, Any], place: str = "adapter") -> PeftConfig:
    """Fields by PEFT's names as PEFT's own type.

    Raises: AdapterError: no method of this PEFT, or a key that it does not know and would drop, unless that says "off".
    """
    kind = content.get("peft_type")
    if not isinstance(kind, str) or kind not in PEFT_TYPE_TO_CONFIG_MAPPING:
        raise AdapterError(f"peft_type must be a method of peft {peft.__version__}. Got {kind!r}.", place=place)
    known = {field.name for field in fields(PEFT_TYPE_TO_CONFIG_MAPPING[PeftType(kind)])}
    strange = [key for key, value in content.items() if key not in known and value]
    if strange:
        raise AdapterError(
            [f"peft {peft.__version__} does not know {key}: {content[key]!r}. Update peft." for key in strange],
            place=place,
        )
    settings = {key: value for key, value in content.items() if key in known}
    try:
        config: PeftConfig = PeftConfig.from_peft_type(**settings)  # type: ignore[no-untyped-call]
    except PEFTS_FAULTS as error:
        raise AdapterError(f"is no config of {kind}: {error}", place=place) from error
    return config


def read_tensor_header(path: Path) -> dict[str, SavedTensor]:
    """What a safetensors file says that it holds. Raises: AdapterError: it is cut, is none, or says too much."""
    try:
        return read_header(path)
    except (ValueError, OSError) as error:
        size = path.stat().st_size if path.is_file() else 0
        raise AdapterError(f"cannot be read ({size} bytes): {error}. Fetch it again.", place=str(path)) from error


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file. Raises: AdapterError: it is cut or is none."""
    return read_known_tensors(path, read_tensor_header(path))


def read_known_tensors(path: Path, header: Mapping[str, SavedTensor]) -> dict[str, torch.Tensor]:
    """Tensors whose header was read before. Raises: AdapterError: the file holds something else, or is gone."""
    try:
        return tensors_at_once(path, header)
    except (ValueError, OSError) as error:
        size = path.stat().st_size if path.is_file() else 0
        raise AdapterError(f"cannot be read ({size} bytes): {error}. Fetch it again.", place=str(path)) from error


@torch.no_grad()
def _without_table(model: PreTrainedModel, path: Path, header: Mapping[str, SavedTensor]) -> dict[str, SavedTensor]:
    """What a file holds beside the base's own table of embeddings, whose rows of new tokens the model is given.

    Raises: AdapterError: the table is not the base's.
    """
    own: Any = model.get_input_embeddings()
    for key in [key for key in header if key.endswith(WHOLE_TABLE)]:
        rows, known = read_known_tensors(path, {key: header[key]})[key], int(model.config.vocab_size)
        if rows.shape != own.weight.shape or not torch.equal(rows[:known].to(own.weight), own.weight[:known]):
            raise AdapterError(
                f"{key} must be the base's table of embeddings {tuple(own.weight.shape)}, to its last bit. Got "
                f"{tuple(rows.shape)}, or other values. Train on the base as it is published.",
                place=str(path),
            )
        own.weight[known:] = rows[known:].to(own.weight)
    return {key: tensor for key, tensor in header.items() if not key.endswith(WHOLE_TABLE)}


def fitting_tensors(path: Path, header: Mapping[str, SavedTensor], expected: Outline) -> dict[str, torch.Tensor]:
    """All tensors of a file. Raises: AdapterError: they are not what is expected, or not finite; all faults at once."""
    faults = misfits(header, expected)
    wanted = {key: saved for key, saved in header.items() if key in expected and key not in faults}
    tensors = read_known_tensors(path, wanted)
    faults |= {key: f"{key} holds values that are not finite." for key in tensors if not _is_finite(tensors[key])}
    told = [*key_faults(header, expected), *(faults[key] for key in sorted(faults))]
    if told:
        raise AdapterError(["the file does not belong to this base and config:", *told], place=str(path))
    return tensors


def _is_finite(tensor: torch.Tensor) -> bool:
    return bool(tensor.isfinite().all())


def _shown(labels: Sequence[str]) -> str:
    return ", ".join(labels[:6]) + (f", ... ({len(labels)})" if len(labels) > 6 else "")
