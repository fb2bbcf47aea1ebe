"""A base's weights, read one tensor at a time, each straight into the type that the model keeps it in.

transformers maps a file: pages stay resident as long as one weight is a view of it, and what shall be bf16 is there in
fp32 first. Here it is handed stand-ins without content. It still decides which tensor of the file is which weight of
the model (other names, prefixes, shapes, what is new); only then is each tensor read, cast and its file let go.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

from tunecard.encoders.layer_prefix import encoder_blocks
from tunecard.encoders.packed_forward import why_not_packed
from tunecard.encoders.weight_files import keys_by_file, tensors_in
from tunecard.errors import BaseModelError

MOST_LAYERS = 1_000
NEW_WEIGHTS = 50_000_000  # of a new head, with a layer of its own and thousands of labels


@dataclass(frozen=True)
class StoredTensor:
    """A tensor of a file, and what stands for it in a model until it is read: its shape in fp32, without content (the
    tensor itself, where it holds no floating-point values)."""

    file: Path
    key: str
    stand_in: Tensor

    def read(self, dtype: torch.dtype) -> Tensor:
        """The tensor as `dtype`, in memory of its own: a view would keep the file mapped."""
        with safe_open(self.file, framework="pt") as stream:
            found: Tensor = stream.get_tensor(self.key)
            return found.to(dtype, copy=True)

    def is_held_by(self, weight: Tensor) -> bool:
        """Whether `weight` is the stand-in itself, not a part, a transposition or a join of it."""
        mine = self.stand_in
        return weight.data_ptr() == mine.data_ptr() and weight.shape == mine.shape and weight.stride() == mine.stride()


def load_model(
    folder: Path, auto_class: str, config: PretrainedConfig, dtype: torch.dtype
) -> tuple[PreTrainedModel, set[str]]:
    """A model with its weights, and the names of those that the files do not hold.

    Args:
        dtype: what linear layers inside blocks are stored in, where rows can be packed; all else is fp32.
    Raises: ValueError, OSError, RuntimeError, SafetensorError: files that cannot be read or do not fit.
    """
    stored, drawn = list(find_stored(folder)), torch.get_rng_state()
    model, new = _from_pretrained(folder, auto_class, config, stored)
    is_known = _all_held(model, new, stored)
    if not is_known:  # transformers joined, split or turned some on the way in: only it can read them
        torch.set_rng_state(drawn)
        model, new = _from_pretrained(folder, auto_class, config, [])
    narrow = _linear_in_blocks(model) if dtype != torch.float32 else set()
    by_place = _by_place(stored) if is_known else {}
    for weight in (*model.parameters(), *model.buffers()):
        kept = dtype if id(weight) in narrow else torch.float32
        tensor = by_place.get(weight.data_ptr())
        if tensor is not None:
            weight.data = tensor.read(kept)
        elif id(weight) in narrow:
            weight.data = weight.data.to(kept)
    return model, new


def outline_model(folder: Path, auto_class: str, config: PretrainedConfig) -> tuple[PreTrainedModel, set[str]]:
    """As `load_model`, but no weight is read: modules, names and shapes alone, on the device "meta"."""
    model, new = _from_pretrained(folder, auto_class, config, list(find_stored(folder)))
    return model.to(torch.device("meta")), new  # type: ignore[arg-type]  # torch's own signature


def find_stored(folder: Path) -> Iterator[StoredTensor]:
    """The tensors of a model folder, one file or several with an index; none where there is neither.

    Raises: BaseModelError: files of weights that are none, or not those of the index.
    """
    for file, keys in keys_by_file(folder).items():
        held = tensors_in(folder / file)
        if missing := [key for key in keys if key not in held]:
            raise BaseModelError(f"must hold {missing[0]}, as its index says.", place=f"base_model: {file}")
        with safe_open(folder / file, framework="pt") as stream:
            for key in keys or held:
                piece = stream.get_slice(key)
                is_float = "F" in piece.get_dtype()  # F32, F16, BF16; tables of positions and the like are small
                yield StoredTensor(
                    folder / file, key, _stand_in(piece.get_shape()) if is_float else stream.get_tensor(key).clone()
                )


def _stand_in(shape: list[int]) -> Tensor:
    """As many values as there are rows, each shown once a column: strides tell it from its transposition."""
    rows = torch.empty(max(1, shape[0] if shape else 1))
    return rows.as_strided(shape, [1, *[0] * (len(shape) - 1)] if shape else [])


def _from_pretrained(
    folder: Path, auto_class: str, config: PretrainedConfig, stored: list[StoredTensor]
) -> tuple[PreTrainedModel, set[str]]:
    # A head that the base brings for other labels has another shape: it is drawn anew, and told as new.
    head = getattr(transformers, auto_class)
    options = {"output_loading_info": True, "dtype": torch.float32, "ignore_mismatched_sizes": True}
    if stored:
        stand_ins = {tensor.key: tensor.stand_in for tensor in stored}
        kind = _class_of(head, config, stored)
        model, report = kind.from_pretrained(None, config=config, state_dict=stand_ins, **options)
        model.name_or_path = model.config.name_or_path = str(folder)
    else:
        model, report = head.from_pretrained(folder, config=config, use_safetensors=True, **options)
    return model, set(report["missing_keys"]) | {key[0] for key in report["mismatched_keys"]}


def _class_of(head: Any, config: PretrainedConfig, stored: list[StoredTensor]) -> Any:
    """The class behind an `AutoModelFor...`, which alone takes weights that lie in no folder.

    Raises: ValueError: the config describes far more than the files hold, which would be allocated first.
    """
    layers = getattr(config, "num_hidden_layers", 0)
    if not isinstance(layers, int) or layers > MOST_LAYERS:
        raise ValueError(f"config.json must have at most {MOST_LAYERS:,} layers. Got {str(layers)[:20]}.")
    with torch.device("meta"), torch.random.fork_rng(devices=[]):  # building one must not move the new head's seed
        model = head.from_config(deepcopy(config))
    described = sum(weight.numel() for weight in model.parameters())
    held = sum(tensor.stand_in.numel() for tensor in stored)
    if described > 2 * held + NEW_WEIGHTS:
        raise ValueError(f"config.json describes {described:,} weights, and the files hold {held:,}.")
    return type(model)


def _by_place(stored: list[StoredTensor]) -> dict[int, StoredTensor]:
    return {tensor.stand_in.data_ptr(): tensor for tensor in stored if tensor.stand_in.is_floating_point()}


def _all_held(model: nn.Module, new: set[str], stored: list[StoredTensor]) -> bool:
    by_place = _by_place(stored)
    read = [weight for name, weight in model.state_dict().items() if name not in new]
    return all(
        weight.data_ptr() in by_place and by_place[weight.data_ptr()].is_held_by(weight)
        for weight in read
        if weight.is_floating_point()
    )


def _linear_in_blocks(model: PreTrainedModel) -> set[int]:
    """Ids of weights and biases of linear layers inside blocks; none where the fast path is closed to the model."""
    if why_not_packed(model):
        return set()
    try:
        blocks = encoder_blocks(model)
    except ValueError:  # the gate needs blocks that it can take one by one
        return set()
    layers = [module for module in blocks.modules() if type(module) is nn.Linear]
    return {id(parameter) for layer in layers for parameter in layer.parameters()}
