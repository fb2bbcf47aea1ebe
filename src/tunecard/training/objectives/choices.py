"""Cross entropy over the choices of a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional

from tunecard.errors import RecipeError
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.arrangement import ROWS
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts
from tunecard.training.linear_probes import LinearProbe, probe_choices
from tunecard.training.objectives.objective import NO_ANSWER


class Choices:
    """Cross entropy over the choices of a row, a sequence and a logit each; a label is the number of the right one."""

    sees, needs_whole_batch, labels_are_places = ROWS, False, True
    no_temperature = no_probe = no_warm_start = ""

    def outputs(self, labels: int) -> int:
        return 1

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        most = max(len(row) for row in logits)
        chosen = np.full((len(logits), most), NO_ANSWER)
        for row, values in enumerate(logits):
            chosen[row, : len(values)] = values[:, 0]
        return chosen, np.array(encoded.label_ids, dtype=np.int64)

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        return functional.cross_entropy(logits[..., 0].float(), labels, reduction="sum")

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(labels.numel())

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        raise RecipeError("training.class_weights weighs classes, and places of choices are none. Use none.")

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        return probe_choices(learned, held)

    def doubt_labels(
        self, features: FrozenFeatures, seed: int, *, of_tokens: bool, held: FrozenFeatures | None = None
    ) -> LabelDoubts | str:
        return "confident learning asks which class a label should have been, and places of choices are no classes"
