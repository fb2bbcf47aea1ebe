"""The score of one row's answer as a function of the embeddings of its tokens, which a gradient can be asked of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from tunecard.encoders import forward_packed, forward_padded, inner_model, is_packed, outputs_of
from tunecard.inference.batches import collate
from tunecard.inference.packed_rows import pack_rows
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.explained import Score


@dataclass(frozen=True)
class EmbeddedRow:
    """One row of T tokens, of all its sequences end to end.

    Attributes:
        model: with its adapter; on the fast path or not.
        encoded: the row alone.
        score: what its logits give.
    """

    model: nn.Module
    encoded: EncodedSplit
    score: Score
    pad_token_id: int

    @property
    def tokens(self) -> int:
        """T."""
        return len(self.encoded.input_ids[0])

    def embed(self, ids: list[int]) -> Tensor:
        """(T,) token ids to (T, H), as the model's table of words has them: positions come later."""
        table = word_table(self.model)
        device = next(self.model.parameters()).device
        with torch.no_grad():
            found: Tensor = table(torch.tensor([ids], device=device))[0]
        return found.float()

    def scores(self, embeddings: Tensor) -> Tensor:
        """(N, T, H) embeddings of N writings of the row to their (N,) scores."""
        lines = _copies(self.encoded, len(embeddings))
        logits = _logits(self.model, lines, embeddings.flatten(0, 1), self.pad_token_id)
        each = len(logits) // len(embeddings)
        rows = [logits[first : first + each] for first in range(0, len(logits), each)]
        return torch.stack([self.score(_of_row(row, is_cut=self.encoded.pieces is not None)) for row in rows])


def word_table(model: nn.Module) -> nn.Module:
    """What turns token ids to vectors."""
    table: nn.Module = inner_model(model).get_input_embeddings()
    return table


def _copies(encoded: EncodedSplit, count: int) -> EncodedSplit:
    """The sequences of so many copies of a row, one copy after the other."""
    return replace(encoded, label_ids=None, word_starts=None).pick([0] * count).sequences.split


def _of_row(lines: list[Tensor], *, is_cut: bool) -> Tensor:
    """What the sequences of a row give as what the row gives, as `predict_logits` shapes it."""
    if not is_cut:
        return lines[0]
    return torch.stack(lines) if lines[0].ndim == 1 else torch.cat(lines)


def _logits(model: nn.Module, lines: EncodedSplit, flat: Tensor, pad_token_id: int) -> list[Tensor]:
    """(S,) what the model gives of each line.

    Args:
        flat: the embeddings of all lines, end to end.
    """
    return (_packed if is_packed(model) else _padded)(model, lines, flat, pad_token_id)


def _packed(model: nn.Module, lines: EncodedSplit, flat: Tensor, pad_token_id: int) -> list[Tensor]:
    batch = pack_rows(lines, range(len(lines)), pad_token_id).to(flat.device)
    firsts = _firsts(lines)
    places = [firsts[row] + place for row in batch.rows for place in range(len(lines.input_ids[row]))]
    places += [0] * (len(batch.tokens) - len(places))  # what fills up: nothing reads it
    with _embeddings(model, flat[places]):
        output = forward_packed(model, batch).float()
    found: list[Tensor] = [output] * len(lines)
    starts = batch.starts.tolist()
    for at, row in enumerate(batch.rows):
        found[row] = output[at] if outputs_of(model).of_sequences else output[starts[at] : starts[at + 1]]
    return found


def _padded(model: nn.Module, lines: EncodedSplit, flat: Tensor, pad_token_id: int) -> list[Tensor]:
    batch = {name: one.to(flat.device) for name, one in collate(lines, range(len(lines)), pad_token_id).items()}
    width = batch["input_ids"].shape[1]
    places = [
        [first + (place if place < length else 0) for place in range(width)]
        for first, length in zip(_firsts(lines), lines.lengths, strict=False)
    ]
    with _embeddings(model, flat[torch.tensor(places, device=flat.device).flatten()]):
        output = forward_padded(model, batch).float()
    is_of_rows = outputs_of(model).of_sequences
    return [one if is_of_rows else one[:length] for one, length in zip(output, lines.lengths, strict=True)]


def _firsts(lines: EncodedSplit) -> list[int]:
    """(S + 1,) where each line begins, all of them end to end."""
    firsts = [0]
    for length in lines.lengths:
        firsts.append(firsts[-1] + length)
    return firsts


@contextmanager
def _embeddings(model: nn.Module, given: Tensor) -> Iterator[None]:
    """The model reads these vectors in the place of those of its token ids."""

    def replaced(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        return given.reshape(output.shape).to(output.dtype)

    hook = word_table(model).register_forward_hook(replaced)
    try:
        yield
    finally:
        hook.remove()
