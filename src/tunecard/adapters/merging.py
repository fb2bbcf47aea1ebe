"""An adapter merged into its base, for serving it alone: W + s · B A once, say, instead of three products a row.

Exact but for rounding; the difference in logits on a probe batch is measured and told (docs/log.md). Only in fp32: in
bf16 a small update is lost in the rounding of the weight that it is added to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from tunecard.adapters.methods.registry import METHODS, method_of
from tunecard.encoders import forward_padded

PROBE_LENGTHS = (13, 9, 5, 2)
MERGED = " or ".join(method.title for method in METHODS.values() if method.merges)


@dataclass(frozen=True)
class MergeReport:
    """What became of an adapter.

    Attributes:
        model: the plain model with the updates in its weights, evaluating, nothing left to learn; or, where nothing
            was merged, the model as it was given.
        merged_layers: layers whose update was added to their weight.
        largest_difference: largest absolute difference of a logit on the probe batch; None where nothing was merged.
        reason: why nothing was merged, else None.
    """

    model: nn.Module
    merged_layers: int = 0
    largest_difference: float | None = None
    reason: str | None = None


def merge_adapter(model: nn.Module) -> MergeReport:
    """Adds every update to the weight it belongs to, in fp32, and takes PEFT's wrapper off.

    Modules that were trained whole (`modules_to_save`) take the place of the base's. The model that is given is used
    up where it is merged.
    """
    reason = why_not_merged(model)
    if reason:
        return MergeReport(model, reason=reason)
    wrapped: Any = model
    layers = len(_updated_layers(model))
    before = probe_logits(model)
    plain: nn.Module = wrapped.merge_and_unload().eval().requires_grad_(False)
    return MergeReport(plain, layers, difference_in_logits(before, probe_logits(plain)))


def why_not_merged(model: nn.Module) -> str | None:
    """The reason why a model is served with its adapter beside it, or None."""
    if not isinstance(model, PeftModel):
        return "it carries no adapter"
    methods = [method_of(config.to_dict()) for config in model.peft_config.values()]
    if len(methods) > 1 or methods[0] is None or not methods[0].merges:
        return f"it carries several adapters, or one of another kind than {MERGED}"
    if any(getattr(layer, "lora_variant", None) for layer in _updated_layers(model)):
        return "its updates are a variant of LoRA"
    if any(parameter.dtype != torch.float32 for parameter in model.parameters()):
        return "its weights are not in fp32"
    return None


def difference_in_logits(before: Tensor, after: Tensor) -> float:
    """The largest absolute difference between logits of the same rows, before and after merging."""
    return float((before - after).abs().max())


def probe_logits(model: nn.Module) -> Tensor:
    """Logits of a few padded rows of token ids, the same ones every time; logits of padding are left out.

    (rows, K) for texts, (tokens of all rows, K) for tokens. Touches no global random state, keeps the model's mode.
    """
    ids, mask = _probe_batch(model)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = forward_padded(model, {"input_ids": ids, "attention_mask": mask})
    model.train(was_training)
    return logits if logits.ndim == 2 else logits[mask.bool()]


def _probe_batch(model: Any) -> tuple[Tensor, Tensor]:
    """(B, T) ids and mask; no id is that of padding, no row longer than the model reads."""
    config = model.config
    vocabulary, pad = int(config.vocab_size), int(config.pad_token_id or 0)
    longest = max(1, int(getattr(config, "max_position_embeddings", 0) or max(PROBE_LENGTHS)) // 2)
    lengths = torch.tensor([min(length, longest) for length in PROBE_LENGTHS])
    dice = torch.Generator().manual_seed(0)
    drawn = torch.randint(0, vocabulary - 1, (len(lengths), int(lengths.max())), generator=dice)
    mask = torch.arange(drawn.shape[1])[None] < lengths[:, None]  # (B, T)
    ids = torch.where(mask, drawn + (drawn >= pad), pad)
    device = next(model.parameters()).device
    return ids.to(device), mask.long().to(device)


def _updated_layers(model: nn.Module) -> list[BaseTunerLayer]:
    return [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
