"""Several trainings of one start, averaged into one adapter of the same size (Wortsman et al. 2022, arXiv:2203.05482).

Factors of a low-rank update mean nothing apart: their products are averaged, and cut back to the rank by a singular
value decomposition. Everything else is averaged as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

State = Mapping[str, Tensor]
Pairs = Mapping[str, Mapping[str, str]]


def average(states: Sequence[State], pairs: Pairs) -> dict[str, Tensor]:
    """One state from several.

    Args:
        states: name to tensor, of the same names and shapes.
        pairs: for each low-rank update, the names of its factors "A" (r, in) and "B" (out, r).
    """
    mean = {name: torch.stack([state[name].float() for state in states]).mean(dim=0) for name in states[0]}
    for names in pairs.values():
        a, b = ([state[names[part]].float() for state in states] for part in "AB")
        mean[names["A"]], mean[names["B"]] = refactor(a, b)
    return mean


def refactor(a: Sequence[Tensor], b: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Factors A (r, in) and B (out, r) of the best rank-r approximation of the mean of the products B A.

    The product itself is never made: its decomposition follows from that of two small triangles.
    """
    rank, wide, tall = len(a[0]), torch.cat(list(a)), torch.cat(list(b), dim=1) / len(a)
    left, lower = torch.linalg.qr(tall)
    right, upper = torch.linalg.qr(wide.t())
    u, sizes, v = torch.linalg.svd(lower @ upper.t())
    root = sizes[:rank].sqrt()
    return root[:, None] * (v[:rank] @ right.t()), (left @ u[:, :rank]) * root


def greedy_soup(
    states: Sequence[State], scores: Sequence[float], pairs: Pairs, score: Callable[[State], float]
) -> tuple[dict[str, Tensor], list[int], float]:
    """Adds one training after the other, the best first, as long as the validation score does not fall.

    Args:
        scores: of each alone.
        score: of an average.
    Returns: the average, which trainings are in it, and its score.
    """
    order = sorted(range(len(states)), key=lambda number: -scores[number])
    chosen, best = [order[0]], scores[order[0]]
    mixed = {name: tensor.float() for name, tensor in states[order[0]].items()}
    for number in order[1:]:
        tried = average([states[one] for one in [*chosen, number]], pairs)
        reached = score(tried)
        if reached >= best:
            chosen, best, mixed = [*chosen, number], reached, tried
    return mixed, chosen, best
