"""What a frozen base makes of rows, before any adapter or head: one vector a text and view, or one a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tunecard.counted import counted
from tunecard.encoders import forward_packed_tokens, inner_model, is_packed
from tunecard.inference.batches import collate, length_sorted_batches, token_budget_batches
from tunecard.inference.packed_rows import pack_rows
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.vectors import APART, FIRST, MEAN, POOLER, TOKEN, FrozenVectors, unit_rows

Hidden = Iterator[tuple[int, Tensor]]


def read_text_vectors(
    model: nn.Module, encoded: EncodedSplit, pad_token_id: int, rows: Sequence[int] | None = None, *, pools: bool = True
) -> FrozenVectors:
    """The views of whole rows: `mean` of all tokens, `first` token and, where the base has one, `pooler`; of rows of
    several sequences one line a sequence, whose place in its row is `places`.

    Args:
        model: on the fast path (`take_fast_path`) its rows are packed, else padded; its mode is kept.
        encoded: N rows.
        rows: which of them, ascending; None for all.
        pools: False where the pooler is new, and says nothing of what the base has learned.
    """
    of_rows = list(range(len(encoded))) if rows is None else [int(row) for row in rows]
    sequences = encoded.sequences
    counts = [sequences.count(row) for row in of_rows]
    place_of = {line: place for place, line in enumerate(sequences.of(of_rows))}
    chosen = np.repeat(np.array(of_rows, dtype=np.int64), counts)
    places = np.array([place for count in counts for place in range(count)], dtype=np.int64)
    hidden_size = int(inner_model(model).config.hidden_size)
    views = {name: np.empty((len(chosen), hidden_size), dtype=np.float32) for name in (MEAN, FIRST)}
    for row, hidden in _hidden_states(model, sequences.split, list(place_of), pad_token_id):
        views[MEAN][place_of[row]] = hidden.float().mean(dim=0).cpu().numpy()
        views[FIRST][place_of[row]] = hidden[0].float().cpu().numpy()
    pooler = _pooler(model) if pools else None
    if pooler is not None:
        views[POOLER] = _pooled(pooler, views[FIRST])
    return FrozenVectors(views, chosen, places)


def read_word_vectors(
    model: nn.Module, encoded: EncodedSplit, pad_token_id: int, rows: Sequence[int] | None = None
) -> FrozenVectors:
    """The view `token`: the last hidden state of each word's first piece; a word that was cut off has none.

    Args:
        model: as in `read_text_vectors`.
        encoded: rows of words.
        rows: which of them, ascending; None for all.
    """
    starts = encoded.word_starts or []
    chosen = range(len(encoded)) if rows is None else rows
    kept = {row: [place for place, start in enumerate(starts[row]) if start >= 0] for row in chosen}
    ends = np.cumsum([len(places) for places in kept.values()])
    begins = dict(zip(kept, (ends - [len(places) for places in kept.values()]).tolist(), strict=True))
    total = int(ends[-1]) if len(ends) else 0
    values = np.empty((total, int(inner_model(model).config.hidden_size)), dtype=np.float32)
    for row, hidden in _hidden_states(model, encoded, list(kept), pad_token_id):
        firsts = [starts[row][place] for place in kept[row]]
        values[begins[row] : begins[row] + len(firsts)] = hidden[firsts].float().cpu().numpy()
    of_rows = np.array([row for row, places in kept.items() for _ in places], dtype=np.int64)
    places = np.array([place for several in kept.values() for place in several], dtype=np.int64)
    return FrozenVectors({TOKEN: values}, of_rows, places)


def vectors_apart(first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
    """The view `apart` of pairs whose texts were read each alone (as SentEval reads them; Conneau and Kiela 2018).

    Args:
        first, second: (M, H) means of both texts.
    Returns: (M, 2 H) |u - v| and u * v of the unit vectors.
    """
    u, v = unit_rows(first), unit_rows(second)
    return {APART: np.concatenate([np.abs(u - v), u * v], axis=1)}


def _pooler(model: nn.Module) -> nn.Module | None:
    found: nn.Module | None = getattr(inner_model(model).base_model, "pooler", None)
    return found


def _pooled(pooler: nn.Module, firsts: np.ndarray) -> np.ndarray:
    """(M, H): a pooler reads the first of the tokens that it is given, so each row goes in as one token."""
    device = next(pooler.parameters()).device
    with torch.inference_mode():
        pooled: np.ndarray = pooler(torch.from_numpy(firsts)[:, None].to(device)).float().cpu().numpy()
    return pooled


def _hidden_states(model: nn.Module, encoded: EncodedSplit, rows: Sequence[int], pad_token_id: int) -> Hidden:
    """(row, (T, H) of its tokens) in some order."""
    was_training = model.training
    model.eval()
    packs = is_packed(model)
    lengths = [len(encoded.input_ids[row]) for row in rows]
    run = _packed if packs else _padded
    try:
        batches = token_budget_batches(lengths) if packs else length_sorted_batches(lengths)
        with counted("Reading rows with the frozen base", len(rows), "rows") as count:
            for batch in batches:
                with torch.inference_mode():
                    yield from run(model, encoded, [rows[position] for position in batch], pad_token_id)
                count.advance(len(batch))
    finally:
        model.train(was_training)


def _packed(model: nn.Module, encoded: EncodedSplit, rows: Sequence[int], pad_token_id: int) -> Hidden:
    batch = pack_rows(encoded, rows, pad_token_id)
    hidden = forward_packed_tokens(model, batch.to(next(model.parameters()).device))
    starts = batch.starts.tolist()
    for place, row in enumerate(batch.rows):
        yield row, hidden[starts[place] : starts[place + 1]]


def _padded(model: nn.Module, encoded: EncodedSplit, rows: Sequence[int], pad_token_id: int) -> Hidden:
    encoder: Any = inner_model(model).base_model
    device = next(model.parameters()).device
    inputs = {name: tensor.to(device) for name, tensor in collate(encoded, rows, pad_token_id).items()}
    inputs.pop("labels", None)
    hidden = encoder(**inputs).last_hidden_state
    for place, row in enumerate(rows):
        yield row, hidden[place, : len(encoded.input_ids[row])]
