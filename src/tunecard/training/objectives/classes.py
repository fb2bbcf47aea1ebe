"""Cross entropy of one class a row or a token."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tunecard.rows.encoded import IGNORED, EncodedSplit
from tunecard.training.arrangement import LABELS
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts, doubt_held_labels, doubt_labels
from tunecard.training.linear_probes import LinearProbe, probe_classes


class Classes:
    """Cross entropy; labels are class ids, IGNORED where nothing is asked."""

    sees, needs_whole_batch, labels_are_places = LABELS, False, False
    no_temperature = no_probe = no_warm_start = ""

    def outputs(self, labels: int) -> int:
        return labels

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        return decided_labels(logits, encoded)

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        # Picking the labels that are asked for out of the others would have a GPU tell the host how many there are.
        rows = logits.reshape(-1, logits.shape[-1]).float()
        return functional.cross_entropy(rows, labels.reshape(-1), weight=weights, ignore_index=IGNORED, reduction="sum")

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        asked = labels[labels != IGNORED]
        return float(len(asked)) if weights is None else math.fsum(weights[label] for label in asked.tolist())

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        """N / (labels that occur * count), as scikit-learn's "balanced"; 0 for a label that never occurs."""
        asked = [label for row in range(len(encoded)) for _, label in encoded.decisions(row)]
        counts = torch.from_numpy(np.bincount(asked, minlength=outputs)).double()
        weights = counts.sum() / ((counts > 0).sum() * counts.clamp(min=1))
        return torch.where(counts > 0, weights, torch.zeros_like(weights)).float()

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        return probe_classes(learned, held, outputs)

    def doubt_labels(
        self, features: FrozenFeatures, seed: int, *, of_tokens: bool, held: FrozenFeatures | None = None
    ) -> LabelDoubts | str:
        if held is not None:
            return doubt_held_labels(features, held, of_tokens=of_tokens)
        return doubt_labels(features, seed, of_tokens=of_tokens)


def decided_labels(logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
    """(M, K) logits of the labels that are asked for, and (M,) the labels."""
    asked = [(row, place, label) for row in range(len(encoded)) for place, label in encoded.decisions(row)]
    chosen = np.stack([np.atleast_2d(logits[row])[place] for row, place, _ in asked]).astype(np.float64)
    return chosen, np.array([label for _, _, label in asked], dtype=np.int64)
