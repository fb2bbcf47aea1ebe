"""Squared error of one number a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional

from tunecard.errors import RecipeError
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.arrangement import LABELS
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts
from tunecard.training.linear_probes import LinearProbe, probe_numbers
from tunecard.training.objectives.classes import decided_labels


class Numbers:
    """Squared error of one number a row, of any sign; every label is asked for."""

    sees, needs_whole_batch, labels_are_places = LABELS, False, False
    no_temperature = "the labels are numbers, of which no probability is stated"
    no_probe = no_warm_start = ""

    def outputs(self, labels: int) -> int:
        return labels

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        return decided_labels(logits, encoded)

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        return functional.mse_loss(logits.reshape(-1).float(), labels.reshape(-1).float(), reduction="sum")

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(labels.numel())

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        raise RecipeError("training.class_weights weighs classes, and the labels of this task are numbers. Use none.")

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        return probe_numbers(learned, held)

    def doubt_labels(
        self, features: FrozenFeatures, seed: int, *, of_tokens: bool, held: FrozenFeatures | None = None
    ) -> LabelDoubts | str:
        return "confident learning asks which class a label should have been, and the labels of this task are numbers"
