"""The size of one low-rank update, without ever forming it.

The update is s B A with B (out, r) and A (r, in). With B = Q_B R_B and A^T = Q_A R_A its singular values are those of
the small matrix s R_B R_A^T (r, r), since Q_B and Q_A have orthonormal columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tunecard.adapters.low_rank_updates import LowRankUpdate

ROUNDING = 1e-12  # of the product of the factors' norms, in double precision


@dataclass(frozen=True)
class UpdateSize:
    """How large an update is beside the weight it is added to.

    Attributes:
        relative_norm: ||s B A||_F / ||W||_F; None when W is zero.
        effective_rank: exp of the entropy of the normalised singular values, in [1, r]; None for a zero update.
        singular_values: of s B A, largest first; min(out, r, in) of them.
    """

    relative_norm: float | None
    effective_rank: float | None
    singular_values: tuple[float, ...]


def measure_update(update: LowRankUpdate, weight: Tensor) -> UpdateSize:
    """Relative Frobenius norm and effective rank of an update.

    Args:
        update: the factors.
        weight: the frozen weight, of as many entries as the update.
    Source: effective rank of Roy and Vetterli 2007, "The effective rank: a measure of effective dimensionality".
    """
    values = singular_values(update)
    update_norm = torch.linalg.vector_norm(values).item()
    weight_norm = torch.linalg.vector_norm(weight.double()).item()
    return UpdateSize(
        relative_norm=update_norm / weight_norm if weight_norm > 0 else None,
        effective_rank=_effective_rank(values) if update_norm > 0 else None,
        singular_values=tuple(values.tolist()),
    )


def singular_values(update: LowRankUpdate) -> Tensor:
    """(min(out, r, in),) singular values of s B A in double precision, largest first."""
    down = update.down.double().flatten(1)  # (r, in)
    up = update.up.double().flatten(1)  # (out, r)
    _, down_r = torch.linalg.qr(down.T)  # (min(in, r), r)
    _, up_r = torch.linalg.qr(up)  # (min(out, r), r)
    values: Tensor = torch.linalg.svdvals(up_r @ down_r.T)
    # An adapter that is shipped as the difference to its start, and has not moved, is rounding and no update.
    values = torch.where(values > ROUNDING * up_r.norm() * down_r.norm(), values, 0.0)
    return values * abs(update.scaling)


def _effective_rank(values: Tensor) -> float:
    shares = values / values.sum()
    shares = shares[shares > 0]  # 0 log 0 is 0
    return float(torch.exp(-(shares * shares.log()).sum()))
