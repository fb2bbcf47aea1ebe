"""What the output layer reads of rows before anything has learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tunecard.counted import counted
from tunecard.encoders import forward_packed, is_packed, reads_texts
from tunecard.inference import length_sorted_batches
from tunecard.inference.batches import collate
from tunecard.inference.packed_rows import pack_rows
from tunecard.rows.encoded import EncodedSplit

MAX_DECISIONS = 12_000


@dataclass(frozen=True)
class FrozenFeatures:
    """What the output layer reads of some decisions before anything has learned.

    Attributes:
        values: (M, H) float32.
        labels: (M,) label ids, or the numbers that are asked for.
        rows: (M,) indices into the encoded split.
        places: (M,) where in its row each decision is asked: 0 for a text, a token's position in a token task.
    """

    values: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def read_features(
    model: nn.Module, output: nn.Linear, encoded: EncodedSplit, pad_token_id: int, seed: int
) -> FrozenFeatures:
    """The inputs of the output layer for a seeded choice of rows with about MAX_DECISIONS decisions at most.

    Args:
        model: as it came; its mode (training or not) is kept.
        output: a layer of it.
        encoded: labelled rows.
    """
    chosen = _choose_rows(encoded, seed)
    lengths = encoded.lengths
    features: list[np.ndarray] = []
    decided: list[tuple[Any, int, int]] = []  # (label, row, place)
    with caught_inputs(model, output) as caught, counted("Reading what the head reads", len(chosen), "rows") as count:
        for batch in length_sorted_batches([lengths[row] for row in chosen]):
            caught.clear()
            rows, firsts = _run(model, encoded, [chosen[position] for position in batch], pad_token_id)
            read = caught[0].reshape(-1, caught[0].shape[-1]).float().cpu().numpy()  # texts or tokens, one a line
            for row, first in zip(rows, firsts, strict=True):
                for place, label in encoded.decisions(row):
                    features.append(read[first + place])
                    decided.append((label, row, place))
            count.advance(len(rows))
    return FrozenFeatures(np.stack(features), *map(np.asarray, zip(*decided, strict=True)))


def _choose_rows(encoded: EncodedSplit, seed: int) -> list[int]:
    chosen: list[int] = []
    decisions = 0
    for row in np.random.default_rng(seed).permutation(len(encoded)).tolist():
        if decisions >= MAX_DECISIONS:
            break
        chosen.append(row)
        decisions += len(encoded.decisions(row))
    return chosen


@contextmanager
def caught_inputs(model: nn.Module, output: nn.Linear) -> Iterator[list[Tensor]]:
    """What `output` is given, while the model predicts; its mode is kept."""
    caught: list[Tensor] = []
    was_training = model.training
    model.eval()
    hook = output.register_forward_pre_hook(lambda module, inputs: caught.append(inputs[0].detach()))
    try:
        with torch.inference_mode():
            yield caught
    finally:
        hook.remove()
        model.train(was_training)


def _run(
    model: nn.Module, encoded: EncodedSplit, rows: list[int], pad_token_id: int
) -> tuple[Sequence[int], Sequence[int]]:
    """Sends rows through the model. Returns them in the order they went, and the line where each begins in what the
    output layer read."""
    device = next(model.parameters()).device
    if is_packed(model):
        packed = pack_rows(encoded, rows, pad_token_id)
        forward_packed(model, packed.to(device))
        return packed.rows, range(len(rows)) if reads_texts(model) else packed.starts.tolist()[:-1]
    inputs = {name: tensor.to(device) for name, tensor in collate(encoded, rows, pad_token_id).items()}
    inputs.pop("labels", None)
    model(**inputs)
    longest = inputs["input_ids"].shape[1]
    return rows, [place * (1 if reads_texts(model) else longest) for place in range(len(rows))]
