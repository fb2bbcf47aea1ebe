"""Losses over a batch, worked out by hand and held to those of sentence-transformers, gradients too."""

from __future__ import annotations

import math

import pytest
import torch

from tunecard.training.contrastive import cosines_of, known_partners, order_loss, ranking_losses
from tunecard.training.objectives import OBJECTIVES


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float32).requires_grad_()


def nothing_known(anchors: int, candidates: int) -> torch.Tensor:
    return torch.zeros(anchors, candidates, dtype=torch.bool)


def test_ranking_is_cross_entropy_among_the_candidates():
    anchors = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    losses = ranking_losses(anchors, torch.tensor([[3.0, 0.0], [1.0, 1.0]]), nothing_known(2, 2), scale=1.0)
    root = math.sqrt(0.5)
    assert losses.tolist() == pytest.approx(
        [math.log(math.e + math.exp(root)) - 1, math.log(math.exp(root) + math.exp(0)) - root]
    )


def test_a_text_of_the_pair_in_another_row_is_no_negative():
    anchors, candidates = torch.tensor([1, 2, 1]), torch.tensor([11, 12, 13, 1, 12, 19])
    assert known_partners(anchors, candidates).tolist() == [
        [False, False, True, True, False, False],  # 13 is a partner of text 1 as well, and 1 is the text itself
        [False, False, False, False, True, False],  # 12 stands twice
        [True, False, False, True, False, False],
    ]


def test_what_is_no_negative_changes_nothing():
    vectors = drawn(6, 4)
    candidates = torch.cat([vectors[3:], vectors[:1]])
    known = nothing_known(3, 4)
    known[:, 3] = True
    fewer = ranking_losses(vectors[:3], candidates[:3], nothing_known(3, 3))
    assert torch.allclose(ranking_losses(vectors[:3], candidates, known), fewer, atol=1e-6)
    assert not torch.allclose(ranking_losses(vectors[:3], candidates, nothing_known(3, 4)), fewer, atol=1e-6)


def test_order_counts_pairs_in_the_wrong_order_most():
    cosines = torch.tensor([0.5, 0.1, 0.4])
    scores = torch.tensor([5.0, 1.0, 5.0])
    expected = math.log(1 + math.exp(20 * (0.1 - 0.5)) + math.exp(20 * (0.1 - 0.4)))
    assert order_loss(cosines, scores).item() == pytest.approx(expected, rel=1e-4)
    assert order_loss(cosines, -scores).item() > 5 and order_loss(cosines, torch.ones(3)).item() == 0


def test_only_the_order_of_scores_counts():
    cosines = torch.tensor([0.5, 0.1, 0.4, 0.2])
    scores = torch.tensor([0.2, 0.1, 0.9, 0.9])
    assert torch.equal(order_loss(cosines, scores), order_loss(cosines, 100 * scores - 7))


@pytest.fixture(scope="module")
def losses():
    """The losses of sentence-transformers; its import takes some seconds."""
    return pytest.importorskip("sentence_transformers.sentence_transformer.losses")


def test_losses_and_gradients_are_those_of_sentence_transformers(losses):
    sides = [drawn(7, 5, seed=seed) for seed in range(3)]
    stock = losses.MultipleNegativesRankingLoss(None).compute_loss_from_embeddings(sides, torch.empty(0))
    ours = ranking_losses(sides[0], torch.cat(sides[1:]), nothing_known(7, 14)).mean()
    assert ours.item() == pytest.approx(stock.item(), rel=1e-6)
    for one, other in zip(torch.autograd.grad(stock, sides), torch.autograd.grad(ours, sides), strict=True):
        assert torch.allclose(one, other, atol=1e-6)

    scores = torch.tensor([0.0, 1.0, 1.0, 2.5, 5.0, 5.0, 4.0])
    stock = losses.CoSENTLoss(None).compute_loss_from_embeddings(sides[:2], scores)
    ours = order_loss(cosines_of(*sides[:2]), scores)
    assert ours.item() == pytest.approx(stock.item(), rel=1e-6)
    for one, other in zip(torch.autograd.grad(stock, sides[:2]), torch.autograd.grad(ours, sides[:2]), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_objectives_are_handed_the_texts_of_each_row_side_by_side():
    logits, numbers = drawn(4, 3, 5), torch.tensor([[1, 11, 21], [2, 12, 22], [1, 13, 23], [4, 14, 24]])
    known = nothing_known(4, 8)
    known[0, 2] = known[2, 0] = True  # rows 0 and 2 begin with the same text
    candidates = torch.cat([logits[:, 1], logits[:, 2]])
    expected = ranking_losses(logits[:, 0], candidates, known).sum()
    partners, order = OBJECTIVES["partners"], OBJECTIVES["order of scores"]
    assert torch.equal(partners.loss_sum(logits, numbers, None), expected) and partners.weight_of(numbers, None) == 4
    scores = torch.tensor([0.0, 3.0, 1.0, 1.0])
    assert torch.equal(order.loss_sum(logits, scores, None), order_loss(cosines_of(logits[:, 0], logits[:, 1]), scores))
    assert order.weight_of(scores, None) == 1  # one value a batch
