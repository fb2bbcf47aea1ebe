"""What a model gives: one line of values a sequence or one a token, by the kind of its head, and how it is asked.

The one place that looks at the class of a model. A new kind of head is a new `Outputs` here; the packed path
(`packed_forward.py`) and the padded one (`forward_padded`) ask it, and so does whoever reads lines back into rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.models.auto import modeling_auto as auto


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


def _one_choice(tensor: Tensor) -> Tensor:
    """(B, T) to (B, 1, T): every sequence is a question of one choice, so that its logit is its own."""
    return tensor[:, None]


def _logits(output: Any) -> Tensor:
    logits: Tensor = output.logits
    return logits


def _starts_and_ends(output: Any) -> Tensor:
    return torch.stack([output.start_logits, output.end_logits], dim=-1)  # (B, T, 2)


def _last_states(output: Any) -> Tensor:
    states: Tensor = output.last_hidden_state
    return states


@dataclass(frozen=True)
class Outputs:
    """What the models of one kind give, and how they are called.

    Attributes:
        of_sequences: whether it is one line of K values a sequence, (B, K); else one a token, (B, T, K).
        head_reads_sequences: whether the model's head reads one vector of each sequence (its first token, or the
            mean), which the packed path gathers for it, so that the top layer need not compute the others.
        is_pooled: whether the line of a sequence is the mean over its tokens, special ones included, of what the model
            gives: of models without a head, as sentence-transformers takes it.
        shaped: (B, T) tensors to those that the model's `forward` takes.
        values: what `forward` returns to (B, K) or (B, T, K).
    """

    of_sequences: bool
    head_reads_sequences: bool
    is_pooled: bool = False
    shaped: Callable[[Tensor], Tensor] = _as_it_is
    values: Callable[[Any], Tensor] = _logits


TEXTS = Outputs(of_sequences=True, head_reads_sequences=True)
CHOICES = Outputs(of_sequences=True, head_reads_sequences=True, shaped=_one_choice)
TOKENS = Outputs(of_sequences=False, head_reads_sequences=False)
SPANS = Outputs(of_sequences=False, head_reads_sequences=False, values=_starts_and_ends)
VECTORS = Outputs(of_sequences=True, head_reads_sequences=False, is_pooled=True, values=_last_states)

# Names of classes by kind; a class of none of them gives logits of tokens.
_KINDS: tuple[tuple[Mapping[str, Any], Outputs], ...] = (
    (auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES, TEXTS),
    (auto.MODEL_FOR_MULTIPLE_CHOICE_MAPPING_NAMES, CHOICES),
    (auto.MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES, TOKENS),
    (auto.MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES, SPANS),
    (auto.MODEL_MAPPING_NAMES, VECTORS),
)


def _names_of(mapping: Mapping[str, Any]) -> set[str]:
    """A model type may have several classes."""
    return {name for names in mapping.values() for name in ([names] if isinstance(names, str) else names)}


_BY_NAME: dict[str, Outputs] = {name: kind for mapping, kind in reversed(_KINDS) for name in _names_of(mapping)}


def inner_model(model: nn.Module) -> PreTrainedModel:
    """The transformers model inside PEFT's wrapper, or the model itself."""
    inner: PreTrainedModel = model.get_base_model() if hasattr(model, "get_base_model") else model  # type: ignore
    return inner


def outputs_of(model: nn.Module) -> Outputs:
    """What a model gives, with or without a PEFT adapter."""
    return _BY_NAME.get(type(inner_model(model)).__name__, TOKENS)


def forward_padded(model: nn.Module, inputs: Mapping[str, Tensor]) -> Tensor:
    """Runs padded sequences through a model as stock transformers runs it.

    Args:
        model: with or without a PEFT adapter.
        inputs: (B, T) each: input_ids, attention_mask and, where the model takes them, token_type_ids.
    Returns: (B, K) of sequences, (B, T, K) of tokens; those of padding mean nothing. A learned prompt in front of a
        sequence is left out.
    """
    kind = outputs_of(model)
    return read_padded(kind, model(**{name: kind.shaped(tensor) for name, tensor in inputs.items()}), inputs)


def read_padded(kind: Outputs, output: Any, inputs: Mapping[str, Tensor]) -> Tensor:
    """What a model of this kind gave for padded sequences, as `forward_padded` returns it.

    Args:
        output: with the attributes that transformers' outputs have, such as `logits`.
        inputs: (B, T) each.
    """
    values = kind.values(output)
    if kind.of_sequences and not kind.is_pooled:
        return values.reshape(len(inputs["input_ids"]), -1)  # a model of choices would make each number one
    values = values[:, -inputs["input_ids"].shape[1] :]
    return _mean_of_tokens(values, inputs["attention_mask"]) if kind.is_pooled else values


def _mean_of_tokens(values: Tensor, mask: Tensor) -> Tensor:
    """(B, T, K) and (B, T) to (B, K), summed in fp32."""
    weights = mask[..., None].float()
    means: Tensor = (values.float() * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
    return means.to(values.dtype)
