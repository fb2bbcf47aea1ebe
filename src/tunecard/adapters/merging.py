"""An adapter merged into its base, for serving it alone: W + s · B A once, say, instead of three products a row.

Exact but for rounding; the difference in logits on a probe batch is measured and told (docs/log.md). Only in fp32: in
bf16 a small update is lost in the rounding of the weight that it is added to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils import ModulesToSaveWrapper
from torch import Tensor, nn

from tunecard.adapters.methods.registry import method_of

PROBE_LENGTHS = (13, 9, 5, 2)
MERGED_VARIANTS = ("DoraLinearVariant", "KasaLinearVariant", "MiCALinearVariant")


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

    Each layer is merged as PEFT's own kind of layer does it. PEFT's walk through the model is not taken: most of its
    methods end there at heads of several layers, such as RoBERTa's. Modules that were trained whole
    (`modules_to_save`) take the place of the base's. The model that is given is used up where it is merged.
    """
    reason = why_not_merged(model)
    if reason:
        return MergeReport(model, reason=reason)
    wrapped: Any = model
    layers = len(_updated_layers(model))
    before = probe_logits(model)
    plain: nn.Module = wrapped.get_base_model()
    _unwrap(plain)
    plain.eval().requires_grad_(False)
    return MergeReport(plain, layers, difference_in_logits(before, probe_logits(plain)))


def why_not_merged(model: nn.Module) -> str | None:
    """The reason why a model is served with its adapter beside it, or None."""
    if not isinstance(model, PeftModel):
        return "it carries no adapter"
    reason = why_method_does_not_merge([config.to_dict() for config in model.peft_config.values()])
    if reason:
        return reason
    if any(_is_other_variant(layer) for layer in _updated_layers(model)):
        return "its updates are a variant of LoRA"
    if any(parameter.dtype != torch.float32 for parameter in model.parameters()):
        return "its weights are not in fp32"
    return None


def why_method_does_not_merge(configs: Sequence[Mapping[str, Any]]) -> str | None:
    """The reason why adapters with these configs of PEFT are in no weight, or None."""
    method = method_of(configs[0])
    if len(configs) > 1:
        return "it carries several adapters"
    return (
        f"its method, {configs[0].get('peft_type')}, is not known here" if method is None else method.unmerged or None
    )


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
        logits: Tensor = model(input_ids=ids, attention_mask=mask).logits
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


def _unwrap(parent: nn.Module) -> None:
    """Puts a plain module in the place of every one that PEFT has wrapped, in depth."""
    for name, child in parent.named_children():
        plain = _merged(child)
        if plain is not child:
            setattr(parent, name, plain)
        if not isinstance(child, BaseTunerLayer):
            _unwrap(plain)


def _merged(module: Any) -> nn.Module:
    """The plain module with what its wrapper has learned in it; the module itself where nothing wraps it."""
    if isinstance(module, ModulesToSaveWrapper):
        learned: nn.Module = module.modules_to_save[module.active_adapters[0]]
        return learned
    plain: nn.Module = module
    if hasattr(module, "unload_and_optionally_merge_module"):  # rows of embeddings, and kinds with a way of their own
        plain = module.unload_and_optionally_merge_module(merge=True, safe_merge=False, adapter_names=None)
    elif isinstance(module, BaseTunerLayer):
        module.merge()
        plain = module.get_base_layer()
    return plain


def _is_other_variant(layer: Any) -> bool:
    """Whether a layer is of LoRA with a change of PEFT's that does not merge, or of which nobody has tried."""
    variants = getattr(layer, "lora_variant", None) or {}
    return any(type(variant).__name__ not in MERGED_VARIANTS for variant in variants.values())


def _updated_layers(model: nn.Module) -> list[BaseTunerLayer]:
    return [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
