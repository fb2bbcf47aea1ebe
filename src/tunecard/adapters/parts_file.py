"""What a plain LoRA adapter learned, read from its file without putting it on the base: as strictly, in a few
milliseconds, so that a server may let go of an adapter and read it again when it is asked for.

What its config asks for is laid out by PEFT itself, once for each choice of layers; the file must hold just that.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import torch
from peft import LoraConfig, PeftConfig
from torch import Tensor, nn
from transformers import PreTrainedModel

from tunecard.adapters.config_bounds import PEFTS_FAULTS, check_bounds
from tunecard.adapters.learned_parts import Factors, LearnedParts, as_multiplied, is_behind_blocks, refuse_others
from tunecard.adapters.loading import (
    fitting_tensors,
    peft_config,
    read_adapter_config,
    read_known_tensors,
    read_tensor_header,
)
from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.method import WRAPPER
from tunecard.adapters.outline import Expected, Outline, expected_tensors
from tunecard.encoders.borrowing import borrow_weights
from tunecard.errors import AdapterError
from tunecard.evidence.adapter_file import SavedTensor
from tunecard.evidence.ledger import RunFolder

# Fields of PEFT's LoRA that leave it plain, whatever they say: where updates are, how large, and what training did.
PLAIN = (
    "alpha_pattern", "auto_mapping", "base_model_name_or_path", "exclude_modules", "inference_mode",
    "init_lora_weights", "layers_pattern", "layers_to_transform", "lora_alpha", "lora_dropout", "modules_to_save",
    "peft_type", "peft_version", "r", "rank_pattern", "revision", "target_modules", "task_type", "use_rslora",
)  # fmt: skip
DRAWN = (True, False, "gaussian", "orthogonal")  # starts that took nothing from the base
UPDATE_A, UPDATE_B = ".lora_A.weight", ".lora_B.weight"
OF_NO_LAYOUT = ("base_model_name_or_path", "revision", "peft_version", "lora_alpha", "alpha_pattern", "lora_dropout")


def is_plain(config: PeftConfig) -> TypeGuard[LoraConfig]:
    """Whether an adapter with this config adds products of two factors and replaces heads, by nothing but its file."""
    if not isinstance(config, LoraConfig):
        return False
    if config.init_lora_weights not in DRAWN:
        return False
    usual = _fields(LoraConfig(task_type=config.task_type))
    return all(value == usual.get(key) for key, value in _fields(config).items() if key not in PLAIN)


def _fields(config: PeftConfig) -> dict[str, Any]:
    found: dict[str, Any] = config.to_dict()
    return found


class _Known(NamedTuple):
    """What is needed to read a file again: its config, where its tensors lie, and the paths of its heads."""

    config: Mapping[str, Any]
    header: Mapping[str, SavedTensor]
    heads: tuple[str, ...]


class PartsFiles:
    """Reads adapters of one base.

    Args:
        model: the base with a head of the adapters' task; never changed.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._outlines: dict[str, Outline] = {}
        self._blank: dict[int, PreTrainedModel] = {}
        self._known: dict[Path, _Known] = {}

    def read(self, folder: RunFolder, labels: int) -> LearnedParts | None:
        """What the adapter in `folder` learned; None where it is not plain, so that only PEFT knows.

        Args:
            labels: outputs of its head.
        Raises: AdapterError: as `load_adapter`.
        """
        self._known.pop(folder.path, None)  # of files that were there before
        content, place = read_adapter_config(folder), str(folder.adapter_config)
        config = peft_config(content, place)
        if not is_plain(config):
            return None
        header = read_tensor_header(folder.adapter_weights)
        check_bounds(self._model, content, place)
        blank = self._blank_of(labels)
        try:
            outline = self._outline_of(blank, config)
        except PEFTS_FAULTS as error:
            raise AdapterError(f"does not fit this base: {error}", place=place) from error
        tensors = fitting_tensors(folder.adapter_weights, header, outline)
        heads = _head_paths(blank, content)
        parts = LearnedParts(_updates(tensors, content), _heads(tensors, blank, heads))
        refuse_others(tensors, parts, str(folder.path))
        self._known[folder.path] = _Known(content, {key: header[key] for key in tensors}, heads)
        return parts

    def read_again(self, folder: RunFolder, labels: int) -> LearnedParts | None:
        """The same of files that are as they were when `read` gave what they hold, without its checks; None of others.

        Raises: AdapterError: they cannot be read.
        """
        known = self._known.get(folder.path)
        if known is None:
            return None
        tensors = read_known_tensors(folder.adapter_weights, known.header)
        return LearnedParts(_updates(tensors, known.config), _heads(tensors, self._blank_of(labels), known.heads))

    def _blank_of(self, labels: int) -> PreTrainedModel:
        if labels not in self._blank:
            self._blank[labels] = borrow_weights(self._model, labels)
        return self._blank[labels]

    def _outline_of(self, blank: PreTrainedModel, config: LoraConfig) -> Outline:
        """The layout that a config asks for. Where all ranks are one, it is laid out at rank 1 once for each choice of
        layers, and read with the rank and the head that are asked for."""
        if config.rank_pattern:
            return expected_tensors(blank, _nameless(config))
        kind = copy.copy(config)
        kind.r = 1
        said = {key: value for key, value in _fields(kind).items() if key not in OF_NO_LAYOUT}
        key = json.dumps(said, sort_keys=True, default=sorted)
        if key not in self._outlines:
            self._outlines[key] = expected_tensors(blank, _nameless(kind))
        return {name: _at_rank(name, one, config.r, blank) for name, one in self._outlines[key].items()}


def _nameless(config: LoraConfig) -> LoraConfig:
    """PEFT would warn that the base is renamed."""
    config = copy.deepcopy(config)
    config.base_model_name_or_path = None
    return config


def _at_rank(name: str, one: Expected, rank: int, blank: PreTrainedModel) -> Expected:
    """A tensor of an update of this rank, or of a head of the model, from the layout at rank 1."""
    if name.endswith(UPDATE_A):
        return Expected((rank, *one.shape[1:]), is_float=True)
    if name.endswith(UPDATE_B):
        return Expected((one.shape[0], rank, *one.shape[2:]), is_float=True)
    try:
        return Expected(tuple(blank.get_parameter(name.removeprefix(WRAPPER)).shape), one.is_float)
    except AttributeError:
        return one  # of no plain adapter, which is told by its name


def _updates(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> dict[str, tuple[Tensor, Tensor]]:
    """By the paths of their layers; the scaling goes into B, once and not with every row."""
    found: dict[str, Factors] = {}
    for key, a in tensors.items():
        partner = key.removesuffix(UPDATE_A) + UPDATE_B
        if key.endswith(UPDATE_A) and partner in tensors and LORA.product is not None:
            path = key.removeprefix(WRAPPER).removesuffix(UPDATE_A)
            found[path] = a, tensors[partner], LORA.product.scaling(path, len(a), config)
    return as_multiplied(found)


def _head_paths(blank: PreTrainedModel, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Modules that were trained whole, behind the blocks."""
    names = config.get("modules_to_save") or []
    paths = (path for path, _ in blank.named_modules())
    return tuple(path for path in paths if path.split(".")[-1] in names and is_behind_blocks(path))


@torch.no_grad()
def _heads(tensors: Mapping[str, Tensor], blank: PreTrainedModel, paths: Sequence[str]) -> dict[str, nn.Module]:
    """Each of its own with the values of the file, where that holds all of them."""
    found: dict[str, nn.Module] = {}
    for path in paths:
        module, start = blank.get_submodule(path), f"{WRAPPER}{path}."
        state = {
            key.removeprefix(start): tensor.to(torch.float32, copy=True)
            for key, tensor in tensors.items()
            if key.startswith(start)
        }
        if set(state) == set(module.state_dict()):
            head = copy.deepcopy(module)
            head.load_state_dict(state, assign=True)
            found[path] = head.requires_grad_(False)
    return found
