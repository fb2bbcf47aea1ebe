"""Which of PEFT's layers are computed fused, and as what: a low-rank update, and factors of what comes out.

    LoRA      y = x Wᵀ + b + s · x Aᵀ Bᵀ             AdaLoRA, KaSA: the same, with factors inside A
    DoRA      y = c · (x Wᵀ + s · x Aᵀ Bᵀ) + b       c = m / the length of each row of W + s B A
    IA3       y = l · (x Wᵀ + b), or of the inputs    (l · x) Wᵀ + b

Sources: as of each method (`adapters/methods/`). No gradient goes through the lengths: Liu et al. 2024, section 4.3.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners.adalora.layer import SVDLinear
from peft.tuners.ia3 import Linear as Ia3Linear
from peft.tuners.lora import Linear as LoraLinear
from peft.tuners.lora.variants import DoraLinearVariant, KasaLinearVariant, MiCALinearVariant
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from tunecard.adapters.fused.low_rank import LowRank

ALMOST_NO_RANK = 1e-5  # PEFT divides AdaLoRA's update by its rank and this


def is_fusable(module: Any) -> bool:
    """A frozen linear layer, or one under a single update of a known kind that is in force."""
    if type(module) is nn.Linear:
        return is_frozen(module)
    base = getattr(module, "base_layer", None)
    if not isinstance(module, BaseTunerLayer) or type(base) is not nn.Linear:
        return False
    is_in_force = len(module.active_adapters) == 1 and not module.merged and not module.disable_adapters
    is_turned = getattr(module, "fan_in_fan_out", False)
    return is_in_force and not is_turned and _is_known(module) and is_frozen(base)


def is_plain_lora(module: Any) -> bool:
    """Whether A and B are all that learns in it, and its update their product."""
    return type(module) is LoraLinear and not module.lora_variant


def is_joinable(module: Any) -> bool:
    """Whether it may share one product with others that read the same input: it reads that as it is."""
    if type(module) is Ia3Linear:
        return not module.is_feedforward
    return not (_is_dora(module) and dropout_of(module) > 0)


def update_of(member: Any, start: int, stop: int) -> LowRank | None:
    """The low-rank update of the columns [start, stop), if the layer has one."""
    if not isinstance(member, LoraLinear | SVDLinear) or not member.r[member.active_adapters[0]]:
        return None
    name = member.active_adapters[0]
    p = dropout_of(member) if member.training and not _is_dora(member) else 0.0
    scaling = float(member.scaling[name])
    layer: Any = member  # parts by name, of which torch's types know nothing
    if isinstance(member, SVDLinear):
        a, b = layer.lora_A[name] * layer.lora_E[name], layer.lora_B[name]
        return LowRank(start, stop, a, b, scaling / (float(layer.ranknum[name].detach()) + ALMOST_NO_RANK), p)
    a, b = layer.lora_A[name].weight, layer.lora_B[name].weight
    if isinstance(layer.lora_variant.get(name), KasaLinearVariant):
        a = a * layer.lora_diag[name][:, None]
    return LowRank(start, stop, a, b, scaling, p)


def factors_of(member: Any) -> Tensor | None:
    """(out,) what the layer's outputs are multiplied by, if by anything."""
    if type(member) is Ia3Linear:
        return None if member.is_feedforward else _ia3_factors(member)
    if not _is_dora(member):
        return None
    name = member.active_adapters[0]
    a, b = member.lora_A[name].weight, member.lora_B[name].weight
    lengths = row_lengths(member.base_layer.weight, a, b, float(member.scaling[name]))
    learned: Tensor = member.lora_magnitude_vector[name].weight
    return learned / lengths


def has_factors(member: Any) -> bool:
    """Whether `factors_of` gives any."""
    return _is_dora(member) or (type(member) is Ia3Linear and not member.is_feedforward)


def reads_weight(member: Any) -> bool:
    """Whether more is asked of its frozen weight than a product with it."""
    return _is_dora(member)


def adds_bias_last(member: Any) -> bool:
    """Whether the bias is left out of what is multiplied."""
    return _is_dora(member)


def input_factors_of(member: Any) -> Tensor | None:
    """(in,) what the layer's inputs are multiplied by, if by anything."""
    return _ia3_factors(member) if type(member) is Ia3Linear and member.is_feedforward else None


def dropped_inputs(member: Any, x: Tensor) -> Tensor | None:
    """What DoRA reads in place of `x` while it learns with dropout; None where it reads `x`."""
    if not (_is_dora(member) and member.training and dropout_of(member) > 0):
        return None
    dropped: Tensor = member.lora_dropout[member.active_adapters[0]](x)
    return dropped


def dropout_of(member: Any) -> float:
    """The probability of the adapter's dropout."""
    dropout: Any = member.lora_dropout[member.active_adapters[0]]
    return float(dropout.p) if isinstance(dropout, nn.Dropout) else 0.0


@torch.no_grad()
def row_lengths(weight: Tensor, a: Tensor, b: Tensor, scaling: float) -> Tensor:
    """(out,) Euclidean lengths of the rows of W + scaling B A, which is never made.

    Args:
        weight: (out, in). a: (r, in). b: (out, r).
    """
    crossed = torch.nn.functional.linear(weight, a.to(weight.dtype)).float()  # (out, r)
    own = weight.float().square().sum(dim=1)
    a, b = a.float(), b.float()
    squares = own + (2 * scaling * crossed * b).sum(dim=1) + scaling**2 * ((b @ (a @ a.t())) * b).sum(dim=1)
    return squares.clamp(min=0).sqrt()


def _is_known(module: Any) -> bool:
    name: str = module.active_adapters[0]
    if type(module) is Ia3Linear:
        return name in module.ia3_l
    if type(module) is SVDLinear:
        return name in module.lora_A
    if type(module) is not LoraLinear or name not in module.lora_A or module.lora_B[name].bias is not None:
        return False
    variant: Any = module.lora_variant.get(name)
    if isinstance(variant, KasaLinearVariant):  # a weight still to be cut is cut in PEFT's own forward
        return name not in getattr(module, "_lora_kasa_truncation_deferred", ())
    return variant is None or isinstance(variant, DoraLinearVariant | MiCALinearVariant)


def _is_dora(member: Any) -> bool:
    return type(member) is LoraLinear and isinstance(
        member.lora_variant.get(member.active_adapters[0]), DoraLinearVariant
    )


def _ia3_factors(member: Any) -> Tensor:
    factors: Tensor = member.ia3_l[member.active_adapters[0]].flatten()
    return factors


def is_frozen(layer: nn.Linear) -> bool:
    """Whether nothing of it learns."""
    own = layer._parameters.values()  # asked in every pass: `parameters()` takes ten times as long
    return not any(parameter is not None and parameter.requires_grad for parameter in own)
