"""Losses over the vectors of a batch: texts that find their partners, cosines in the order of scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from tunecard.errors import RecipeError
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.arrangement import ROWS
from tunecard.training.contrastive import cosines_of, known_partners, order_loss, ranking_losses
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts
from tunecard.training.linear_probes import LinearProbe


class _Vectors:
    """What holds of every loss over the vectors of a batch: there is no head, and nothing is decided."""

    sees, needs_whole_batch, labels_are_places = ROWS, True, False
    no_temperature = "there is no head, and no probability is stated"
    no_probe = "there is no head that could start from one"
    no_warm_start = "there is no head that could be taught"

    def outputs(self, labels: int) -> int:
        return 0

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        return np.empty((0, 0)), np.empty(0, dtype=np.int64)

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        raise RecipeError("training.class_weights weighs classes, and this task has none. Use none.")

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        return None

    def doubt_labels(
        self, features: FrozenFeatures, seed: int, *, of_tokens: bool, held: FrozenFeatures | None = None
    ) -> LabelDoubts | str:
        return "confident learning asks which class a label should have been, and this task has no classes"


class Partners(_Vectors):
    """Each text finds its partner among all of the batch; labels are numbers of the texts, (R, P), equal for equal."""

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        candidates, numbers = logits[:, 1:].transpose(0, 1).flatten(0, 1), labels[:, 1:].T.flatten()
        return ranking_losses(logits[:, 0], candidates, known_partners(labels[:, 0], numbers)).sum()

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(len(labels))


class OrderOfScores(_Vectors):
    """The cosines of a batch in the order of its scores, (R,): one value a batch, however many rows it has."""

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        return order_loss(cosines_of(logits[:, 0], logits[:, 1]), labels)

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return 1.0
