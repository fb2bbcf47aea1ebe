"""What goes between ranks arrives as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import nn

from tunecard.training.objectives import objective_of
from tunecard.training.ranks.dealing import deal_step
from tunecard.training.ranks.gradient_sum import GradientSum
from tunecard.training.ranks.packets import pack_logits, pack_tensors, unpack_logits, unpack_tensors


@pytest.mark.parametrize("shapes", [[], [(3,)], [(3,), (3,)], [(2, 5), (7, 5), (1, 5)], [(0, 4), (2, 4)]])
def test_logits_keep_their_shapes_and_values(shapes: Sequence[tuple[int, ...]]) -> None:
    draw = np.random.default_rng(0)
    logits = [draw.normal(size=shape).astype(np.float32) for shape in shapes]
    back = unpack_logits(pack_logits(logits))
    assert len(back) == len(logits)
    for one, other in zip(logits, back, strict=True):
        np.testing.assert_array_equal(one, other)


def test_tensors_that_share_memory_are_packed_apart() -> None:
    whole = torch.arange(6.0)
    back = unpack_tensors(pack_tensors({"whole": whole, "part": whole[2:4], "turned": whole.view(2, 3).t()}))
    assert torch.equal(back["part"], torch.tensor([2.0, 3.0]))
    assert torch.equal(back["turned"], whole.view(2, 3).t())


def test_gradients_add_up_and_who_has_none_gets_those_of_others() -> None:
    weights = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(1))]
    weights[0].grad = torch.tensor([1.0, 2.0])  # the others have none here

    def add_another_rank(buffer: torch.Tensor) -> None:
        buffer += torch.tensor([10.0, 20.0, 5.0, 5.0, 5.0, 0.0, 0.25, 1.0, 1.0, 0.0])

    total = GradientSum(add_another_rank)(weights, torch.tensor(0.5))
    assert total.item() == 0.75
    assert torch.equal(weights[0].grad, torch.tensor([11.0, 22.0]))
    assert torch.equal(weights[1].grad, torch.tensor([5.0, 5.0, 5.0]))  # type: ignore[arg-type]
    assert weights[2].grad is None  # an optimizer moves what has a gradient, by weight decay, too


def test_rows_that_are_compared_stay_in_their_batch() -> None:
    from tunecard.tasks.sentence_embedding import SentenceEmbedding
    from tunecard.tasks.text_classification import TextClassification

    rows, lengths = [5, 3, 8, 1, 9, 0, 2], [4, 9, 1, 7, 3, 2, 2, 5, 8, 6]
    apart = deal_step(rows, lengths, 3, objective_of(TextClassification(("a", "b"))), 2)
    assert sorted(row for share in apart for row in share) == sorted(rows)
    assert all(share == sorted(share, key=rows.index) for share in apart)
    whole = deal_step(rows, lengths, 3, objective_of(SentenceEmbedding()), 2)
    assert sorted(whole) == [[1, 9, 0], [5, 3, 8, 2]]
