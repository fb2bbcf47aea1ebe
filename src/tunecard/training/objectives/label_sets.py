"""Binary cross entropy of each label of a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tunecard.rows.encoded import EncodedSplit
from tunecard.training.arrangement import LABELS
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts
from tunecard.training.linear_probes import LinearProbe, probe_labels


class LabelSets:
    """Binary cross entropy of each label of a row, yes or no; labels are (..., K) of 0 and 1, and all are asked for.

    Class weights weigh the yes of each label, as `pos_weight` of `BCEWithLogitsLoss`.
    """

    sees, needs_whole_batch, labels_are_places = LABELS, False, False
    no_temperature = no_probe = no_warm_start = ""

    def outputs(self, labels: int) -> int:
        return labels

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        wanted = labels.reshape(logits.shape).float()
        return functional.binary_cross_entropy_with_logits(logits.float(), wanted, pos_weight=weights, reduction="sum")

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(labels.numel())

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        """Rows without the label for each row with it; 1 for a label that no row has."""
        given = torch.tensor(encoded.label_ids, dtype=torch.float64).reshape(len(encoded), outputs)
        having = given.sum(dim=0)
        weights = (len(encoded) - having) / having.clamp(min=1)
        return torch.where(having > 0, weights, torch.ones_like(weights)).float()

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        return probe_labels(learned, held)

    def doubt_labels(
        self, features: FrozenFeatures, seed: int, *, of_tokens: bool, held: FrozenFeatures | None = None
    ) -> LabelDoubts | str:
        return (
            "a row has several labels or none, and which single one it should have had instead is no question of "
            "such a row"
        )

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        """Each label alone: no has the logit 0, yes its own."""
        flat = np.concatenate(logits).astype(np.float64)
        return np.column_stack([np.zeros_like(flat), flat]), np.array(encoded.label_ids, dtype=np.int64).reshape(-1)
