"""The effective rank of products of two factors, by numpy: what torch found when the adapter was examined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tunecard.evidence.adapter_file import SavedTensor, read_matrix
from tunecard.metrics.counts import Floats

ROUNDING = 1e-12  # of the product of the factors' norms: an update of less is rounding, as when it was examined
Pairs = Mapping[str, Mapping[str, str]]


def effective_ranks(path: Path, tensors: Mapping[str, SavedTensor], pairs: Pairs) -> dict[str, float | None]:
    """exp of the entropy of the shares of the singular values of B A, a module; None for an update of nothing.

    The base is not needed: it only scales them.

    Args:
        pairs: module to the names of its factors, `{"A": ..., "B": ...}`.
    """
    return {
        module: _effective_rank(read_matrix(path, tensors[pair["A"]]), read_matrix(path, tensors[pair["B"]]))
        for module, pair in pairs.items()
    }


def _effective_rank(down: Floats, up: Floats) -> float | None:
    """A (r, in) and B (out, r); the singular values of B A are those of R_B R_A^T (r, r)."""
    down_r: Floats = np.asarray(np.linalg.qr(down.T, mode="r"), dtype=np.float64)
    up_r: Floats = np.asarray(np.linalg.qr(up, mode="r"), dtype=np.float64)
    values: Floats = np.asarray(np.linalg.svd(up_r @ down_r.T, compute_uv=False), dtype=np.float64)
    values = np.where(values > ROUNDING * np.linalg.norm(up_r) * np.linalg.norm(down_r), values, 0.0)
    if not values.sum() > 0:
        return None
    shares = values / values.sum()
    shares = shares[shares > 0]  # 0 log 0 is 0
    return float(np.exp(-(shares * np.log(shares)).sum()))
