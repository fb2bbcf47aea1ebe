"""Losses over the vectors of a whole batch: each text beside all the others, not beside a label of its own.

Cosines are multiplied by SCALE before any exponential is taken, as is usual (the inverse of a temperature of 0.05).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SCALE = 20.0


def ranking_losses(anchors: Tensor, candidates: Tensor, no_negatives: Tensor, scale: float = SCALE) -> Tensor:
    """Cross entropy of finding each anchor's partner among all candidates of the batch: the multiple negatives
    ranking loss with in-batch negatives, one value an anchor.

    Args:
        anchors: (B, H) vectors of any length.
        candidates: (M, H); the partner of anchor i is candidate i, so that M >= B.
        no_negatives: (B, M) bool: candidates that an anchor must not be kept away from.
    Returns: (B,) in fp32.
    Source: Henderson et al. 2017, arXiv:1705.00652, section 4.4; van den Oord et al. 2018, arXiv:1807.03748.
    """
    likeness = _unit(anchors) @ _unit(candidates).T * scale
    own = likeness.diagonal()  # (B,)
    return likeness.masked_fill(no_negatives, -torch.inf).logsumexp(dim=1) - own


def known_partners(anchors: Tensor, candidates: Tensor) -> Tensor:
    """Which candidates of a batch are no negatives of which anchors, because of the texts that they are.

    A candidate is none where it is the anchor's own text, the text of its partner in another place, or the partner of
    another row with the same anchor. Each anchor's own partner is left in: the loss needs it.

    Args:
        anchors: (B,) a number for each text, equal for equal texts.
        candidates: (M,) likewise; the first B are the partners.
    Returns: (B, M) bool.
    """
    partners = candidates[: len(anchors)]
    same = (candidates[None] == partners[:, None]) | (candidates[None] == anchors[:, None])
    same[:, : len(anchors)] |= anchors[:, None] == anchors[None]
    return same.fill_diagonal_(fill_value=False)


def order_loss(cosines: Tensor, scores: Tensor, scale: float = SCALE) -> Tensor:
    """CoSENT: log(1 + sum of exp(scale * (cosine of i - cosine of j))) over the pairs of rows where j scores higher.

    Only the order of the scores counts, whatever range they have.

    Args:
        cosines: (B,) of both texts of each row.
        scores: (B,) given ones.
    Returns: () in fp32.
    Source: Huang et al. 2024, doi:10.1109/TASLP.2024.3402087.
    """
    gaps = (cosines[:, None] - cosines[None]).float() * scale  # (B, B)
    is_lower = scores[:, None] < scores[None]
    wrong = gaps.masked_fill(~is_lower, -torch.inf).flatten()
    return torch.cat([wrong.new_zeros(1), wrong]).logsumexp(dim=0)


def cosines_of(first: Tensor, second: Tensor) -> Tensor:
    """(B,) in fp32 the cosine of each row of both, (B, H)."""
    return (_unit(first) * _unit(second)).sum(dim=1)


def _unit(vectors: Tensor) -> Tensor:
    return functional.normalize(vectors.float(), dim=-1)
