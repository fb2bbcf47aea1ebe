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
from tunecard.training.arrangement import LABELS, ROWS
from tunecard.training.contrastive import cosines_of, known_partners, order_loss, ranking_losses
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts, doubt_labels
from tunecard.training.linear_probes import LinearProbe, probe_choices, probe_classes, probe_labels, probe_numbers
from tunecard.training.span_loss import Spans

# The logit of what cannot be chosen: far below any other, and finite, for products with 0.
NO_ANSWER = -1e4


class Loss(Protocol):
    """What a step makes small.

    Attributes:
        sees: what stands before `loss_sum`, and what `label_ids` of a row are (`rows.encoded.EncodedSplit`):
            "labels": logits as they come, (..., K), and labels of their shape without the last axis. Where a label is
                asked is all that counts: the rows of a step may be cut into passes anywhere.
            "rows": the P sequences of each row side by side, (R, P, K), P of the row with the most, -inf where a row
                has fewer; labels (R,) or (R, ...). A pass holds rows whole.
            "tokens": the tokens of each sequence side by side, (S, L, K), -inf behind the end of a shorter one; labels
                (S,) or (S, ...), one entry a sequence. A pass holds rows whole.
        needs_whole_batch: whether rows of a batch are compared with each other: each batch of
            `training.train_batch_size` rows is then one pass, in training as for the loss of validation (there of
            `validation.ROWS_COMPARED`), and never cut; it sees "rows".
    """

    @property
    def sees(self) -> str: ...

    @property
    def needs_whole_batch(self) -> bool: ...

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        """The loss, (), summed over the labels that are asked for.

        Args:
            logits: (..., K), as `sees` says.
            labels: (...) on the same device, as `sees` says.
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
        labels_are_places: whether a label says where in its own row the answer is: rows of one label are no group.
        no_temperature: why logits have no temperature to be divided by; "" where they become probabilities.
        no_probe: why no linear probe of the frozen base is what the output layer starts from; "" where it is.
        no_warm_start: why the head is not taught a view of the frozen vectors; "" where it is.
    """

    @property
    def labels_are_places(self) -> bool: ...

    @property
    def no_temperature(self) -> str: ...

    @property
    def no_probe(self) -> str: ...

    @property
    def no_warm_start(self) -> str: ...

    def outputs(self, labels: int) -> int:
        """How many numbers the head's last layer gives where there are so many labels."""
        ...

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        """(M, K) float64 logits of the decisions that are asked for, and (M,) the ids of the right ones, for whoever
        fits a temperature; NO_ANSWER where a decision has fewer than K possible answers."""
        ...

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        """(K,) weights of classes, the rarer the heavier. Raises: RecipeError: there are no classes."""
        ...

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        """The output layer to start from, chosen on `held`; None where nothing can be fitted."""
        ...

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        """Labels that speak against their features, or why nobody looked; see `label_doubts`."""
        ...


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

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        return doubt_labels(features, seed, of_tokens=of_tokens)


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

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        return "confident learning asks which class a label should have been, and the labels of this task are numbers"


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

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        return "confident learning asks which class a label should have been, and places of choices are no classes"


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

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
        return (
            "a row has several labels or none, and which single one it should have had instead is no question of "
            "such a row"
        )

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        """Each label alone: no has the logit 0, yes its own."""
        flat = np.concatenate(logits).astype(np.float64)
        return np.column_stack([np.zeros_like(flat), flat]), np.array(encoded.label_ids, dtype=np.int64).reshape(-1)


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

    def doubt_labels(self, features: FrozenFeatures, seed: int, *, of_tokens: bool) -> LabelDoubts | str:
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


def decided_labels(logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
    """(M, K) logits of the labels that are asked for, and (M,) the labels."""
    asked = [(row, place, label) for row in range(len(encoded)) for place, label in encoded.decisions(row)]
    chosen = np.stack([np.atleast_2d(logits[row])[place] for row, place, _ in asked]).astype(np.float64)
    return chosen, np.array([label for _, _, label in asked], dtype=np.int64)


OBJECTIVES: dict[str, Objective] = {
    "classes": Classes(),
    "numbers": Numbers(),
    "choices": Choices(),
    "spans": Spans(),
    "label sets": LabelSets(),
    "partners": Partners(),
    "order of scores": OrderOfScores(),
}


def objective_of(task: Task) -> Objective:
    """The objective that a task names."""
    return OBJECTIVES[task.objective]
