"""What the output layer reads of rows before anything has learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tunecard.counted import counted
from tunecard.encoders import forward_packed, forward_padded, is_packed, outputs_of
from tunecard.inference import length_sorted_batches
from tunecard.inference.batches import collate
from tunecard.inference.packed_rows import pack_rows
from tunecard.rows.encoded import EncodedSplit

MAX_DECISIONS = 12_000
# Of a sequence, one of whose tokens is right: as many others are enough to fit a choice among all (McFadden 1978), and
# few enough to hold.
DRAWN_TOKENS = 16


@dataclass(frozen=True)
class FrozenFeatures:
    """What the output layer reads of some decisions before anything has learned.

    Attributes:
        values: (M, H) float32.
        labels: (M,) label ids, or the numbers that are asked for; of a row of several sequences its label with each.
            Of spans (M, 3): the number of the sequence in the split, and whether the token is its first right one,
            and its last.
        rows: (M,) indices into the encoded split.
        places: (M,) where in its row each decision is asked: 0 for a text, a token's position in a token task, the
            number of the sequence in a row of several, a token's position in its sequence where spans are asked for.
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

    Of spans these are the tokens that are right, the first of each sequence and a seeded draw of its others.

    Args:
        model: as it came; its mode (training or not) is kept.
        output: a layer of it.
        encoded: labelled rows.
    """
    chosen = _choose_rows(encoded, seed)
    lengths, sequences = encoded.lengths, encoded.sequences
    features: list[np.ndarray] = []
    decided: list[tuple[Any, int, int]] = []  # (label, row, place)
    with caught_inputs(model, output) as caught, counted("Reading what the head reads", len(chosen), "rows") as count:
        for batch in length_sorted_batches([lengths[row] for row in chosen]):
            caught.clear()
            rows = [chosen[position] for position in batch]
            first_of = _run(model, sequences.split, sequences.of(rows), pad_token_id)
            read = caught[0].reshape(-1, caught[0].shape[-1]).float().cpu().numpy()  # sequences or tokens, one a line
            for row in rows:
                for line, place, label in _asked(encoded, row, first_of, seed):
                    features.append(read[line])
                    decided.append((label, row, place))
            count.advance(len(rows))
    return FrozenFeatures(np.stack(features), *map(np.asarray, zip(*decided, strict=True)))


def _asked(encoded: EncodedSplit, row: int, first_of: Mapping[int, int], seed: int) -> Iterator[tuple[int, int, Any]]:
    """(line of what was read, place, label) of each decision of a row; several sequences have the row's label each."""
    sequences = encoded.sequences.of([row])
    if encoded.spans is not None:
        for one, (first, last) in zip(sequences, (encoded.label_ids or [])[row], strict=True):
            for place in _drawn(len(encoded.sequences.split.input_ids[one]), (first, last), seed + one):
                yield first_of[one] + place, place, (one, place == first, place == last)
        return
    for place, label in encoded.decisions(row):
        if encoded.pieces is None:
            yield first_of[sequences[0]] + place, place, label
        else:
            yield from ((first_of[one], number, label) for number, one in enumerate(sequences))


def _drawn(length: int, right: Sequence[int], seed: int) -> list[int]:
    """Places of some tokens of a sequence: those that are right, the first, and others."""
    others = np.random.default_rng(seed).permutation(length)[:DRAWN_TOKENS]
    return sorted({0, *right, *others.tolist()})


def _choose_rows(encoded: EncodedSplit, seed: int) -> list[int]:
    chosen: list[int] = []
    decisions = 0
    for row in np.random.default_rng(seed).permutation(len(encoded)).tolist():
        if decisions >= MAX_DECISIONS:
            break
        chosen.append(row)
        decisions += _decisions_of(encoded, row)
    return chosen


def _decisions_of(encoded: EncodedSplit, row: int) -> int:
    """What is held of a row: decisions, or tokens that they are made among."""
    if encoded.spans is None:
        return len(encoded.decisions(row))
    return sum(min(len(encoded.sequences.split.input_ids[one]), DRAWN_TOKENS) for one in encoded.sequences.of([row]))


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


def _run(model: nn.Module, encoded: EncodedSplit, rows: list[int], pad_token_id: int) -> dict[int, int]:
    """Sends rows through the model. Returns the line where each begins in what the output layer read."""
    device = next(model.parameters()).device
    reads_sequences = outputs_of(model).head_reads_sequences
    if is_packed(model):
        packed = pack_rows(encoded, rows, pad_token_id)
        forward_packed(model, packed.to(device))
        firsts = range(len(rows)) if reads_sequences else packed.starts.tolist()
        return dict(zip(packed.rows, firsts, strict=False))
    inputs = {name: tensor.to(device) for name, tensor in collate(encoded, rows, pad_token_id).items()}
    inputs.pop("labels", None)
    forward_padded(model, inputs)
    longest = inputs["input_ids"].shape[1]
    return {row: place * (1 if reads_sequences else longest) for place, row in enumerate(rows)}
