"""What frozen lower layers make of every row, computed once and read from disk in every later epoch.

Below the lowest adapter nothing learns, so the same row enters the first learning layer with the same hidden states in
each epoch (dropout below is off; the card says so).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from tunecard.adapters.targets import linear_names
from tunecard.counted import Count, counted
from tunecard.encoders.layer_prefix import (
    block_dtype,
    blocks_name,
    encoder_blocks,
    forward_from_prefix,
    lowest_trained_layer,
    states_below,
)
from tunecard.encoders.outputs import inner_model
from tunecard.encoders.packed_batch import PackedBatch, pack, to_device
from tunecard.encoders.packed_forward import why_not_packed
from tunecard.errors import RecipeError
from tunecard.inference.batches import length_sorted_batches
from tunecard.rows.encoded import EncodedSplit
from tunecard.training.frozen_prefix.store import SHARD_BYTES, PrefixStore

FORMAT = 1
KEY = "training.cache_frozen_prefix"


class PrefixCache:
    """The hidden states that enter the lowest learning block, for every row of a split.

    Attributes:
        layers: blocks below it.
        dtype: of the stored values: the type that the blocks compute in (`fuse_layers` comes first).
    Raises: RecipeError: the lowest block or the embeddings learn, or the base cannot be packed.
    """

    def __init__(
        self, folder: Path, model: nn.Module, encoded: EncodedSplit, pad_token_id: int, shard_bytes: int = SHARD_BYTES
    ) -> None:
        self.layers = require_prefix(model)
        self.model, self.encoded, self.pad_token_id = model, encoded, pad_token_id
        self.dtype = block_dtype(model)
        self.store = PrefixStore(folder, encoded.lengths, shard_bytes)

    @property
    def bytes(self) -> int:
        """What the states of all rows take on disk, headers aside."""
        return self._bytes_of(range(len(self.encoded)))

    def _bytes_of(self, rows: Sequence[int]) -> int:
        tokens = sum(self.encoded.lengths[row] for row in rows)
        return tokens * int(inner_model(self.model).config.hidden_size) * self.dtype.itemsize

    def build(self, on_rows: Callable[[int], None] | None = None) -> bool:
        """Computes and stores the states; those of an earlier run are taken up if nothing changed.

        Args:
            on_rows: called with the number of rows done after each batch.
        Returns: whether they had to be computed.
        Raises: MachineError: the disk has no room for them, or the folder cannot be written.
        """
        mark = _fingerprint(self.model, self.encoded, self.layers, self.dtype)
        if self.store.open(mark):
            return False
        self.store.require_room(self.bytes, KEY)
        self._fill(mark, range(len(self.encoded)), on_rows)
        return True

    def build_some(self, rows: Sequence[int]) -> None:
        """Computes and stores the states of these rows alone, for steps that are tried and not gone on with.

        Raises: MachineError: as `build`.
        """
        self.store.require_room(self._bytes_of(rows), KEY)
        self._fill("some rows", rows)

    def _fill(self, mark: str, rows: Sequence[int], on_rows: Callable[[int], None] | None = None) -> None:
        was_training = self.model.training
        self.model.eval()
        try:
            with counted("Computing what frozen layers make of the rows", len(rows), "rows") as count:
                self.store.fill(mark, self._computed(rows, count, on_rows))
        finally:
            self.model.train(was_training)

    def states(self, rows: Sequence[int]) -> Tensor:
        """(tokens of these rows, hidden) in fp32, row after row as asked: `batch.rows` gives packed order.

        Raises: RunFolderError: a file is missing or broken, or nothing was built.
        """
        return torch.cat([self.store.row(row) for row in rows]).float()

    def forward(self, batch: PackedBatch) -> Tensor:
        """Logits as of `forward_packed`, from the stored states on; gradients reach everything that learns."""
        states = to_device(self.states(batch.rows), batch.tokens.device)
        return forward_from_prefix(self.model, batch, states, self.layers)

    def _computed(
        self, rows: Sequence[int], count: Count, on_rows: Callable[[int], None] | None
    ) -> Iterator[tuple[list[int], Tensor]]:
        device = next(self.model.parameters()).device
        ids, types = self.encoded.input_ids, self.encoded.type_ids
        for places in length_sorted_batches([self.encoded.lengths[row] for row in rows]):
            some = [rows[place] for place in places]
            batch = pack(ids, some, type_ids=types, fill_token=self.pad_token_id)
            with torch.inference_mode():
                states = states_below(self.model, batch.to(device), self.layers).to("cpu", self.dtype)
            yield list(batch.rows), states
            count.advance(len(some))
            if on_rows:
                on_rows(len(some))


def require_prefix(model: nn.Module) -> int:
    """Blocks below the lowest one that learns, 1 or more.

    Raises: RecipeError: there are none, or the base cannot be packed.
    """
    reason = why_not_packed(model)
    if reason:
        raise RecipeError(f"{KEY} needs a base whose rows can be packed, but {reason}. Leave it out.")
    layers = lowest_trained_layer(model)
    if layers == 0:
        raise RecipeError(
            f"{KEY} needs adapters in the top layers only, so that the layers below can be computed once; here the "
            f"lowest layer or the embeddings learn. Set adapter.target_modules to names in upper layers (those of the "
            f"top one: {', '.join(_names_in_top_layer(model))}), or leave {KEY} out."
        )
    return layers


def _names_in_top_layer(model: nn.Module) -> Iterator[str]:
    """Linear layers of the top block, as `adapter.target_modules` takes them."""
    blocks = encoder_blocks(model)
    start = f"{blocks_name(model).rpartition('.')[2]}.{len(blocks) - 1}"
    return (f"{start}.{name}" for name in linear_names(blocks[-1]))


def _fingerprint(model: nn.Module, encoded: EncodedSplit, layers: int, dtype: torch.dtype) -> str:
    """A sha256 over all that the states follow from: rows, weights below, and the type of the products."""
    digest = hashlib.sha256(json.dumps([FORMAT, layers, str(dtype), encoded.input_ids, encoded.type_ids]).encode())
    above = {id(parameter) for block in encoder_blocks(model)[layers:] for parameter in block.parameters()}
    for name, parameter in inner_model(model).base_model.named_parameters():
        if id(parameter) not in above and not parameter.requires_grad:
            digest.update(f"{name} {tuple(parameter.shape)} {parameter.dtype}".encode())
            digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()
