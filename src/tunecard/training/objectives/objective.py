"""The promise of what training makes small: a loss, and all else that follows from the kind of its labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from torch import Tensor

from tunecard.rows.encoded import EncodedSplit
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts
from tunecard.training.linear_probes import LinearProbe

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

    def doubt_labels(
        self, features: FrozenFeatures, seed: int, *, of_tokens: bool, held: FrozenFeatures | None = None
    ) -> LabelDoubts | str:
        """Labels that speak against their features, or why nobody looked; see `label_doubts`.

        Args:
            held: others, whose labels are judged by what `features` teach; None: these themselves, cross-validated.
        """
        ...
