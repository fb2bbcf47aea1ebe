"""How rows are dealt to ranks, balanced by tokens: of a step, or of a split; and the dropout that each rank draws."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tunecard.ranks.sharing import share_out
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.objectives import Loss

MOST_RANKS, SEED_STRIDE = 4096, 1_000_003


def deal_step(rows: Sequence[int], lengths: Sequence[int], batch_size: int, loss: Loss, count: int) -> list[list[int]]:
    """For each rank its rows of a step, in their order. Rows that the loss compares with each other stay together.

    Args:
        lengths: tokens of every training row.
        batch_size: rows of a batch.
        count: of ranks.
    """
    size = batch_size if loss.needs_whole_batch else 1
    units = [list(rows[first : first + size]) for first in range(0, len(rows), size)]
    costs = [sum(lengths[row] for row in unit) for unit in units]
    return [[row for item in share for row in units[item]] for share in share_out(costs, count)]


def deal_split(encoded: EncodedSplit, count: int) -> list[list[int]]:
    """For each rank its rows of a split, as positions."""
    return share_out(encoded.lengths, count)


def draw_from_own_stream(seed: int, step: int, number: int) -> None:
    """Dropout of a rank in a step is drawn from a stream that seed, step and rank name: no rank draws another's masks,
    and whoever goes on later needs no state of any of them."""
    torch.manual_seed(((seed * SEED_STRIDE + step) * MOST_RANKS + number) % 2**63)
