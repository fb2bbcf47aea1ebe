"""What frozen lower layers make of every training row, computed once and read from disk in every later epoch.

Below the lowest adapter nothing learns, so the same row enters the first learning layer with the same hidden states in
each epoch (dropout below is off; the card says so). They are stored as safetensors shards that are mapped, not loaded.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from tunecard.encoders.layer_prefix import (
    block_dtype,
    blocks_name,
    encoder_blocks,
    forward_from_prefix,
    lowest_trained_layer,
    states_below,
)
from tunecard.encoders.packed_batch import PackedBatch, pack
from tunecard.encoders.packed_forward import inner_model, why_not_packed
from tunecard.errors import MachineError, RecipeError, RunFolderError
from tunecard.evidence.files import disk_faults, write_json, write_whole
from tunecard.inference.batches import length_sorted_batches
from tunecard.tasks import EncodedSplit

INDEX = "prefix.json"
FORMAT = 1
SHARD_BYTES = 128 * 2**20
KEY = "training.cache_frozen_prefix"


@dataclass
class _Shard:
    """Rows on their way to one file, or those that lie in it."""

    rows: list[int] = field(default_factory=list)
    states: list[Tensor] = field(default_factory=list)


class PrefixCache:
    """The hidden states that enter the lowest learning block, for every row of a split.

    Attributes:
        layers: blocks below it.
        dtype: of the stored values: the type that the blocks compute in.
    Raises: RecipeError: the lowest block or the embeddings learn, or the base cannot be packed.
    """

    def __init__(
        self, folder: Path, model: nn.Module, encoded: EncodedSplit, pad_token_id: int, shard_bytes: int = SHARD_BYTES
    ) -> None:
        self.layers = _require_prefix(model)
        self.folder, self.model, self.encoded, self.pad_token_id = folder, model, encoded, pad_token_id
        self.dtype = block_dtype(model)
        self.shard_bytes = shard_bytes
        self._places: dict[int, tuple[str, int]] = {}  # row: file, first token in it
        self._mapped: dict[str, Tensor] = {}

    @property
    def bytes(self) -> int:
        """What the states of all rows take on disk, headers aside."""
        width = int(inner_model(self.model).config.hidden_size)
        return sum(self.encoded.lengths) * width * self.dtype.itemsize

    def build(self, on_rows: Callable[[int], None] | None = None) -> bool:
        """Computes and writes the states; those of an interrupted run are used again if nothing changed.

        Args:
            on_rows: called with the number of rows done after each batch.
        Returns: whether anything had to be computed.
        Raises: MachineError: the disk has no room for them, or the folder cannot be written.
        """
        mark = _fingerprint(self.model, self.encoded, self.layers, self.dtype)
        self._mapped.clear()
        shards = self._stored(mark)
        is_new = shards is None
        if shards is None:
            self._clear()
            self._require_room()
            shards = dict(self._write_shards(on_rows))
            write_json(self.folder / INDEX, {"fingerprint": mark, "shards": shards})
        self._places = dict(self._locate(shards))
        return is_new

    def states(self, rows: Sequence[int]) -> Tensor:
        """(tokens of these rows, hidden) in fp32, row after row as asked: `batch.rows` gives packed order.

        Raises: RunFolderError: a file is missing or broken, or nothing was built.
        """
        return torch.cat([self._row(row) for row in rows]).float()

    def forward(self, batch: PackedBatch) -> Tensor:
        """Logits as of `forward_packed`, from the stored states on; gradients reach everything that learns."""
        states = self.states(batch.rows).to(batch.tokens.device)
        return forward_from_prefix(self.model, batch, states, self.layers)

    def _row(self, row: int) -> Tensor:
        if row not in self._places:
            raise RunFolderError(f"no hidden states of row {row} are stored. Call build() first.", place=str(self.folder))
        name, first = self._places[row]
        if name not in self._mapped:
            self._mapped[name] = self._map(name)
        return self._mapped[name][first : first + len(self.encoded.input_ids[row])]

    def _map(self, name: str) -> Tensor:
        try:
            with safe_open(self.folder / name, "pt") as file:
                states: Tensor = file.get_tensor("states")  # a view of mapped pages: nothing is read yet
                return states
        except (OSError, SafetensorError) as error:
            raise RunFolderError(
                f"stored hidden states cannot be read: {error}. Start again with --resume: they are computed anew.",
                place=str(self.folder / name),
            ) from error

    def _stored(self, mark: str) -> dict[str, list[int]] | None:
        """Rows by file of an earlier build of the same; None where there is none, or it is not whole."""
        try:
            content = json.loads((self.folder / INDEX).read_text())
            if content["fingerprint"] != mark:
                return None
            shards: dict[str, list[int]] = content["shards"]
            for name, rows in shards.items():
                if len(self._map(name)) != self._tokens(rows):
                    return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RunFolderError):
            return None
        return shards

    def _write_shards(self, on_rows: Callable[[int], None] | None) -> Iterator[tuple[str, list[int]]]:
        shard, size, count = _Shard(), 0, 0
        for rows, states in self._computed():
            shard.rows += rows
            shard.states.append(states)
            size += states.nbytes
            if size >= self.shard_bytes:
                yield self._write(shard, count)
                shard, size, count = _Shard(), 0, count + 1
            if on_rows:
                on_rows(len(rows))
        if shard.rows:
            yield self._write(shard, count)

    def _write(self, shard: _Shard, number: int) -> tuple[str, list[int]]:
        name = f"states-{number:05d}.safetensors"
        content = save({"states": torch.cat(shard.states)})  # written by Python: its errors tell a full disk
        write_whole(self.folder / name, lambda beside: _put(beside, content))
        return name, shard.rows

    def _computed(self) -> Iterator[tuple[list[int], Tensor]]:
        device = next(self.model.parameters()).device
        was_training = self.model.training
        self.model.eval()
        try:
            for rows in length_sorted_batches(self.encoded.lengths):
                batch = pack(
                    self.encoded.input_ids, rows, type_ids=self.encoded.type_ids, fill_token=self.pad_token_id
                ).to(device)
                with torch.inference_mode():
                    yield list(batch.rows), states_below(self.model, batch, self.layers).to("cpu", self.dtype)
        finally:
            self.model.train(was_training)

    def _locate(self, shards: dict[str, list[int]]) -> Iterator[tuple[int, tuple[str, int]]]:
        for name, rows in shards.items():
            first = 0
            for row in rows:
                yield row, (name, first)
                first += len(self.encoded.input_ids[row])

    def _tokens(self, rows: Sequence[int]) -> int:
        return sum(len(self.encoded.input_ids[row]) for row in rows)

    def _clear(self) -> None:
        (self.folder / INDEX).unlink(missing_ok=True)  # first: half a cache must not pass for a whole one
        for old in self.folder.glob("*states-*.safetensors"):
            old.unlink()

    def _require_room(self) -> None:
        with disk_faults(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < self.bytes:
            raise MachineError(
                f"{KEY}: the hidden states of {len(self.encoded)} rows take {self.bytes / 2**30:.1f} GiB, "
                f"{free / 2**30:.1f} GiB are free. Free some space or leave {KEY} out.",
                place=str(self.folder),
            )


def _require_prefix(model: nn.Module) -> int:
    reason = why_not_packed(model)
    if reason:
        raise RecipeError(f"{KEY} needs a base whose rows can be packed, but {reason}. Leave it out.")
    layers = lowest_trained_layer(model)
    if layers == 0:
        raise RecipeError(
            f"{KEY} needs adapters in the top layers only, so that layers below can be computed once; here the lowest "
            f"layer or the embeddings learn. Set adapter.target_modules to names of upper layers (for the top one: "
            f"{', '.join(_top_names(model))}), or leave {KEY} out."
        )
    return layers


def _top_names(model: nn.Module) -> list[str]:
    blocks = encoder_blocks(model)
    start = f"{blocks_name(model).rpartition('.')[2]}.{len(blocks) - 1}"
    names = [name for name, module in blocks[-1].named_modules() if isinstance(getattr(module, "base_layer", module), nn.Linear)]
    return [f"{start}.{name}" for name in names if "lora_" not in name and not name.endswith("base_layer")]


def _fingerprint(model: nn.Module, encoded: EncodedSplit, layers: int, dtype: torch.dtype) -> str:
    """A sha256 over all that the states follow from: rows, weights below, and the type of the products."""
    digest = hashlib.sha256(json.dumps([FORMAT, layers, str(dtype), encoded.input_ids, encoded.type_ids]).encode())
    above = {id(parameter) for block in encoder_blocks(model)[layers:] for parameter in block.parameters()}
    for name, parameter in inner_model(model).base_model.named_parameters():
        if id(parameter) not in above and not parameter.requires_grad:
            digest.update(f"{name} {tuple(parameter.shape)} {parameter.dtype}".encode())
            digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
