"""What training makes small, by the name that a task gives: a loss over the labels that are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tunecard.errors import RecipeError
from tunecard.rows.encoded import IGNORED, EncodedSplit
from tunecard.tasks import Task
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts, doubt_labels
from tunecard.training.linear_probes import LinearProbe, probe_classes, probe_labels, probe_numbers


class Loss(Protocol):
    """What a step makes small. Labels have the logits' shape without the last axis, or with it where each of the K
    outputs is asked for by itself."""

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        """The loss, (), summed over the labels that are asked for.

        Args:
            logits: (..., K).
            labels: (...) on the same device.
            weights: (K,) of classes.
        """
        ...

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        """What a summed loss is divided by: the number of labels that are asked for, or their classes' weights.

        `labels` are still on the host, and so is all that is computed here.
        """
        ...


class Objective(Loss, Protocol):
    """The loss of a task, and all else that follows from the kind of its labels.

    Attributes:
        no_temperature: why logits have no temperature to be divided by; "" where they become probabilities.
    """

    @property
    def no_temperature(self) -> str: ...

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        """(K,) weights of classes, the rarer the heavier. Raises: RecipeError: there are no classes."""
        ...

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        """The output layer to start from, chosen on `held`; None where nothing can be fitted."""
        ...

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        """Labels that speak against their features, or why nobody looked; see `label_doubts`."""
        ...

    def decided(self, logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(D, C) logits of decisions between C answers, and (D,) which is right, for a temperature to be fitted to.

        Args:
            logits: (M, K).
            labels: (M,), or (M, K) where each has several.
        """
        ...


class Classes:
    """Cross entropy; labels are class ids, IGNORED where nothing is asked."""

    no_temperature = ""

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

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        return doubt_labels(features, seed, of_tokens=of_tokens)

    def decided(self, logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return logits, labels


class Numbers:
    """Squared error of one number a row, of any sign; every label is asked for."""

    no_temperature = "the labels are numbers, of which no probability is stated"

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        return functional.mse_loss(logits.reshape(-1).float(), labels.reshape(-1).float(), reduction="sum")

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(labels.numel())

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        raise RecipeError("training.class_weights weighs classes, and the labels of this task are numbers. Use none.")

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        return probe_numbers(learned, held)

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        return "confident learning asks which class a label should have been, and the labels of this task are numbers"

    def decided(self, logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return logits, labels


class LabelSets:
    """Binary cross entropy of each label of a row, yes or no; labels are (..., K) of 0 and 1, and all are asked for.

    Class weights weigh the yes of each label, as `pos_weight` of `BCEWithLogitsLoss`.
    """

    no_temperature = ""

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

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        return (
            "a row has several labels or none, and which single one it should have had instead is no question of "
            "such a row"
        )

    def decided(self, logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each label alone: no has the logit 0, yes its own."""
        flat = logits.reshape(-1)
        return np.column_stack([np.zeros_like(flat), flat]), labels.reshape(-1)


OBJECTIVES: dict[str, Objective] = {"classes": Classes(), "numbers": Numbers(), "label sets": LabelSets()}


def objective_of(task: Task) -> Objective:
    """The objective that a task names."""
    return OBJECTIVES[task.objective]
