"""Hidden states of rows on disk: safetensors shards of bounded size that are mapped, not loaded, and an index.

The index is written last and removed first, so that half a store never passes for a whole one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from tunecard.errors import MachineError, RunFolderError
from tunecard.evidence.disk_faults import disk_faults
from tunecard.evidence.files import write_bytes, write_json

INDEX = "prefix.json"
SHARD_BYTES = 128 * 2**20


class PrefixStore:
    """One tensor (tokens, hidden) a row, by row number.

    Args:
        folder: made when first written to.
        lengths: tokens of every row.
    """

    def __init__(self, folder: Path, lengths: Sequence[int], shard_bytes: int = SHARD_BYTES) -> None:
        self.folder, self.lengths, self.shard_bytes = folder, lengths, shard_bytes
        self._places: dict[int, tuple[str, int]] = {}  # row: file, first token in it
        self._mapped: dict[str, Tensor] = {}

    def open(self, mark: str) -> bool:
        """Takes up what was stored under the same fingerprint; False where it is not there or not whole."""
        self._forget()
        try:
            content = json.loads((self.folder / INDEX).read_text())
            shards: dict[str, list[int]] = content["shards"]
            is_whole = content["fingerprint"] == mark and all(
                len(self._map(name)) == sum(self.lengths[row] for row in rows) for name, rows in shards.items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RunFolderError):
            return False
        if is_whole:
            self._locate(shards)
        return is_whole

    def fill(self, mark: str, computed: Iterable[tuple[list[int], Tensor]]) -> None:
        """Replaces what is there by `computed`: rows, and their (tokens, hidden) one after the other.

        Raises: MachineError: the disk is full, or the folder cannot be written.
        """
        self._forget()
        self._clear()
        shards: dict[str, list[int]] = {}
        for rows, states in _in_shards(computed, self.shard_bytes):
            name = f"states-{len(shards):05d}.safetensors"
            write_bytes(self.folder / name, save({"states": states}))
            shards[name] = rows
        write_json(self.folder / INDEX, {"fingerprint": mark, "shards": shards})
        self._locate(shards)

    def row(self, row: int) -> Tensor:
        """(tokens, hidden) of a row: a view of mapped pages.

        Raises: RunFolderError: a file is missing or broken, or nothing is stored.
        """
        if row not in self._places:
            raise RunFolderError(f"no hidden states of row {row} are stored here.", place=str(self.folder))
        name, first = self._places[row]
        if name not in self._mapped:
            self._mapped[name] = self._map(name)
        return self._mapped[name][first : first + self.lengths[row]]

    def require_room(self, needed: int, key: str) -> None:
        """Raises: MachineError: fewer than `needed` bytes are free; `key` is what asked for them."""
        with disk_faults(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise MachineError(
                f"{key}: the hidden states of {len(self.lengths)} rows take {needed / 2**20:,.0f} MiB, "
                f"{free / 2**20:,.0f} MiB are free. Free some space or leave {key} out.",
                place=str(self.folder),
            )

    def remove(self) -> None:
        """Gives the disk back: what is stored serves one training."""
        self._forget()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _map(self, name: str) -> Tensor:
        try:
            with safe_open(self.folder / name, "pt") as file:
                states: Tensor = file.get_tensor("states")
                return states
        except (OSError, SafetensorError) as error:
            raise RunFolderError(
                f"stored hidden states cannot be read: {error}. Go on with --resume: they are computed again.",
                place=str(self.folder / name),
            ) from error

    def _locate(self, shards: dict[str, list[int]]) -> None:
        for name, rows in shards.items():
            first = 0
            for row in rows:
                self._places[row] = name, first
                first += self.lengths[row]

    def _forget(self) -> None:
        self._places.clear()
        self._mapped.clear()

    def _clear(self) -> None:
        with disk_faults(self.folder / INDEX):
            (self.folder / INDEX).unlink(missing_ok=True)
            for old in self.folder.glob("*states-*.safetensors"):
                old.unlink()


def _in_shards(computed: Iterable[tuple[list[int], Tensor]], most_bytes: int) -> Iterator[tuple[list[int], Tensor]]:
    """Neighbouring batches joined until they reach `most_bytes`."""
    rows: list[int] = []
    parts: list[Tensor] = []
    for some_rows, states in computed:
        rows += some_rows
        parts.append(states)
        if sum(part.nbytes for part in parts) >= most_bytes:
            yield rows, torch.cat(parts)
            rows, parts = [], []
    if rows:
        yield rows, torch.cat(parts)
