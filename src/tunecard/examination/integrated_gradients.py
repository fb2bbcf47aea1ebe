"""Integrated gradients of the score of one row's answer, by captum, from the row with its words masked to the row."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tunecard.examination.read_words import ReadWord
from tunecard.examination.score_of_embeddings import EmbeddedRow
from tunecard.metrics.counts import Floats

RULE = "gausslegendre"  # exact for polynomials up to 2 steps - 1: captum's usual rule
PASSES_A_STEP = 3  # a pass forward, and one backward that counts as two
ENDS = 2  # passes: the score at both ends, for the convergence delta
TOKENS = 1024  # of a pass, so that the activations of many steps are not held at once


@dataclass(frozen=True)
class Attribution:
    """How much of a score each word of a row brings.

    Attributes:
        words: (W,) in units of the score; negative where a word speaks against the answer.
        rise: the score of the row less that of the row with every word masked: what the attributions add up to.
        delta: by how much they fail to.
    """

    words: Floats
    rise: float
    delta: float

    @property
    def relative_delta(self) -> float:
        """The size of the delta as a share of the rise."""
        return abs(self.delta) / max(abs(self.rise), 1e-9)


def attribute(row: EmbeddedRow, words: Sequence[ReadWord], blank: int, steps: int) -> Attribution:
    """Attributions of the words of a row.

    Args:
        blank: id of the token that stands for a masked word.
        steps: points between both ends at which the gradient is asked.
    Source: Sundararajan, Taly and Yan 2017; captum 0.9.
    """
    from captum.attr import IntegratedGradients

    ids = row.encoded.input_ids[0]
    covered = {place for word in words for place in word.places}
    ends = [row.embed([blank if place in covered else id for place, id in enumerate(ids)]), row.embed(ids)]
    with torch.enable_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # captum says that it sets requires_grad
        found, delta = IntegratedGradients(row.scores).attribute(
            ends[1][None].requires_grad_(),
            baselines=ends[0][None],
            n_steps=steps,
            method=RULE,
            internal_batch_size=max(1, TOKENS // row.tokens),
            return_convergence_delta=True,
        )
    by_token = found[0].detach().sum(-1).double().cpu().numpy()
    by_word = np.array([by_token[list(word.places)].sum() for word in words], dtype=np.float64)
    return Attribution(by_word, float(by_token.sum() - delta.item()), float(delta.item()))
