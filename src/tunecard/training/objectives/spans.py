"""The objective of spans: which token of a sequence the answer begins with, and which it ends with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional

from tunecard.errors import RecipeError
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.arrangement import TOKENS
from tunecard.training.frozen_features import FrozenFeatures
from tunecard.training.label_doubts import LabelDoubts
from tunecard.training.linear_probes import LinearProbe, probe_spans
from tunecard.training.objectives.objective import NO_ANSWER

ENDS = 2  # of a span: outputs of the head


class Spans:
    """Cross entropy over the tokens of each sequence, of the first token and of the last, halved, as transformers' own.

    Other than there, padding is no candidate: the loss of a sequence does not depend on what it is batched with.
    """

    sees, needs_whole_batch, labels_are_places = TOKENS, False, True
    no_probe = ""
    no_temperature = "an answer's probability is its share among the best spans of all windows, not one of each token"
    no_warm_start = "the head reads tokens, and has no hidden layer to teach"

    def outputs(self, labels: int) -> int:
        return ENDS

    def decided(self, logits: Sequence[np.ndarray], encoded: EncodedSplit) -> tuple[np.ndarray, np.ndarray]:
        """Two decisions a sequence, over its tokens."""
        sequences, labels = encoded.sequences, encoded.label_ids or []
        lines = [line for row, values in enumerate(logits) for line in np.split(values, _bounds(encoded, row))]
        widest = max(map(len, sequences.split.input_ids))
        padded = np.full((len(lines), widest, ENDS), NO_ANSWER)
        for place, line in enumerate(lines):
            padded[place, : len(line)] = line
        right = np.array([one for row in labels for one in row], dtype=np.int64)  # (S, 2)
        return padded.transpose(0, 2, 1).reshape(-1, widest), right.reshape(-1)

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        by_end = logits.float().transpose(1, 2).reshape(-1, logits.shape[1])  # (2 S, L), start and end in turns
        return functional.cross_entropy(by_end, labels.reshape(-1), reduction="sum") / ENDS

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(labels.shape[0])

    def balanced_weights(self, encoded: EncodedSplit, outputs: int) -> Tensor:
        raise RecipeError("training.class_weights weighs classes, and the labels of this task are spans. Use none.")

    def fit_probe(self, learned: FrozenFeatures, held: FrozenFeatures, outputs: int) -> LinearProbe | None:
        return probe_spans(learned, held)

    def doubt_labels(
        self, features: FrozenFeatures, seed: int, *, of_tokens: bool, held: FrozenFeatures | None = None
    ) -> LabelDoubts | str:
        return "confident learning asks which class a label should have been, and the labels of this task are spans"


def _bounds(encoded: EncodedSplit, row: int) -> list[int]:
    """Where the sequences of a row but the first begin."""
    pieces = [len(encoded.input_ids[row])] if encoded.pieces is None else encoded.pieces[row]
    bounds: list[int] = np.cumsum(pieces)[:-1].tolist()
    return bounds
