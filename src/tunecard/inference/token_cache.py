"""Encoding a split once: not again where nothing is cut, and not again in the next run on the same rows.

A file of the cache holds numbers only, never a text. Its name is the sha256 of everything that decides the numbers:
rows, labels, tokenizer, length and code. What cannot be read, checked or written costs time, never a run.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
import transformers
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from transformers import PreTrainedTokenizerBase

from tunecard.cache_folder import cache_folder
from tunecard.counted import counted
from tunecard.errors import MachineError
from tunecard.evidence.files import write_bytes
from tunecard.rows import encoded as encoded_rows
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit, rows_in_order
from tunecard.tasks.task import Task

LAYOUT = "1"
ROWS_AT_ONCE = 2000  # between two words of how far it is
WORTHWHILE_ROWS = 2000
LIMIT_BYTES = 2 * 1024**3
# What decides ids beside the serialised state of the fast tokenizer.
FLAGS = ("truncation_side", "padding_side", "model_input_names", "split_special_tokens", "add_prefix_space")


class TokenCache:
    """Encodes splits of one task with one tokenizer, by way of the user's cache folder.

    Args:
        folder: where files lie; None takes `cache_folder("tokens")`.
        limit_bytes: all files together; beyond it the least recently used ones are removed.
    """

    def __init__(
        self,
        task: Task,
        tokenizer: PreTrainedTokenizerBase,
        *,
        folder: Path | None = None,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self.task = task
        self.tokenizer = tokenizer
        self.folder = folder or cache_folder("tokens")
        self.limit_bytes = limit_bytes

    def encode(self, split: Split, max_length: int) -> EncodedSplit:
        """`task.encode`, from the cache where the same was encoded before. Small splits are not worth a file."""
        key = self.key(split, max_length) if len(split) >= WORTHWHILE_ROWS else None
        if self.folder is None or key is None:
            return encode_split(self.task, self.tokenizer, split, max_length)
        path = self.folder / f"{key}.safetensors"
        encoded = _read(path, key, len(split))
        if encoded is None:
            encoded = encode_split(self.task, self.tokenizer, split, max_length)
            with suppress(MachineError, OSError):  # a full or read-only disk: the next run encodes again
                _write(path, key, encoded)
                _remove_oldest(self.folder, self.limit_bytes)
        return encoded

    def cut(self, whole: EncodedSplit, split: Split, max_length: int) -> EncodedSplit:
        """The split at `max_length` tokens: `whole`, its encoding without a limit, where no row is longer."""
        return whole if max(whole.lengths, default=0) <= max_length else self.encode(split, max_length)

    def key(self, split: Split, max_length: int) -> str | None:
        """The sha256 of all that decides the encoding; None where the code cannot be read."""
        if self._setting is None:
            return None
        digest = hashlib.sha256(self._setting.encode())
        digest.update(json.dumps([max_length, split.inputs, split.labels]).encode())
        return digest.hexdigest()

    @cached_property
    def _setting(self) -> str | None:
        """Hash of what is the same for every split: layout, code, versions, task and tokenizer."""
        try:
            code = [
                inspect.getsource(module) for module in (inspect.getmodule(type(self.task)), encoded_rows) if module
            ]
        except OSError:  # installed without sources
            return None
        versions = [LAYOUT, tokenizers.__version__, transformers.__version__]
        parts = [*code, *versions, self.task.name, list(self.task.labels), *_tokenizer_parts(self.tokenizer)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def encode_split(task: Task, tokenizer: PreTrainedTokenizerBase, split: Split, max_length: int) -> EncodedSplit:
    """The rows of a split as token ids, with the ids of their labels where they have any."""
    parts = []
    with counted(f"Tokenising {split.name}", len(split), "rows") as count:
        for start in range(0, max(1, len(split)), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            inputs = {role: values[rows] for role, values in split.inputs.items()}
            labels = split.labels[rows] if split.is_labelled else None
            parts.append(task.encode(tokenizer, inputs, labels, max_length))
            count.advance(len(parts[-1]))
    return rows_in_order(parts)


def _tokenizer_parts(tokenizer: PreTrainedTokenizerBase) -> list[Any]:
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()  # the last call's cut and padding are serialised too; every call sets its own
    backend.no_padding()
    flags = [repr(getattr(tokenizer, flag, None)) for flag in FLAGS]
    return [type(tokenizer).__name__, *flags, backend.encode_special_tokens, backend.to_str()]


def _write(path: Path, key: str, encoded: EncodedSplit) -> None:
    arrays = _arrays(encoded)
    about = {"key": key, "sha256": _checksum(arrays)}
    write_bytes(path, save(arrays, metadata=about))


def _read(path: Path, key: str, rows: int) -> EncodedSplit | None:
    """What the file holds, or None; a file that is not what its name says is removed."""
    try:
        with safe_open(path, framework="np") as stream:
            about = stream.metadata() or {}
            arrays = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 - no mapping
        if about.get("key") != key or about.get("sha256") != _checksum(arrays):
            raise ValueError("not the file that was written")
        encoded = _restored(arrays, rows)
        with suppress(OSError):
            os.utime(path)  # it was used: the oldest are removed first
        return encoded
    except FileNotFoundError:
        return None
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        with suppress(OSError):
            path.unlink()
        return None


def _arrays(encoded: EncodedSplit) -> dict[str, np.ndarray]:
    """Flat arrays: ids, types and tags behind one list of offsets, word starts behind another."""
    arrays = {
        **_flat("ids", encoded.input_ids),
        "is_truncated": np.array(encoded.is_truncated, dtype=np.bool_),
        "lost_words": np.array(encoded.lost_words, dtype=np.int32),
    }
    optional = {"type_ids": encoded.type_ids, "labels": encoded.label_ids, "word_starts": encoded.word_starts}
    for name, values in optional.items():
        if values is not None and isinstance(values[0], list):
            arrays |= _flat(name, values)
        elif values is not None:
            arrays[name] = np.array(values, dtype=np.float64 if isinstance(values[0], float) else np.int32)
    return arrays


def _flat(name: str, rows: list[list[int]]) -> dict[str, np.ndarray]:
    offsets = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
    return {name: np.array([value for row in rows for value in row], dtype=np.int32), f"{name}.offsets": offsets}


def _restored(arrays: dict[str, np.ndarray], rows: int) -> EncodedSplit:
    """Raises: ValueError, KeyError: arrays that are missing or do not fit each other."""
    ids = _rows(arrays, "ids", rows)
    columns = {name: _rows(arrays, name, rows) if name in arrays else None for name in ("type_ids", "word_starts")}
    labels = _rows(arrays, "labels", rows) if "labels" in arrays else None
    of_tokens = "word_starts" in arrays and "labels.offsets" in arrays
    for aligned in (columns["type_ids"], labels if of_tokens else None):
        if aligned is not None and any(len(row) != len(row_ids) for row, row_ids in zip(aligned, ids, strict=True)):
            raise ValueError("rows of other lengths than their ids")
    return EncodedSplit(
        input_ids=ids,
        type_ids=columns["type_ids"],
        label_ids=labels,
        is_truncated=_rows(arrays, "is_truncated", rows),
        word_starts=columns["word_starts"],
        lost_words=_rows(arrays, "lost_words", rows),
    )


def _rows(arrays: dict[str, np.ndarray], name: str, rows: int) -> list[Any]:
    """The values of each row: a list where there are offsets, else a number."""
    values: list[Any] = arrays[name].tolist()
    if f"{name}.offsets" not in arrays:
        if arrays[name].shape != (rows,):
            raise ValueError(f"{name} of another number of rows")
        return values
    offsets = arrays[f"{name}.offsets"]
    is_whole = offsets.shape == (rows + 1,) and offsets[0] == 0 and offsets[-1] == len(values)
    if not is_whole or (np.diff(offsets) < 0).any():
        raise ValueError(f"{name} and its offsets do not fit")
    return [values[start:stop] for start, stop in pairwise(offsets.tolist())]


def _checksum(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _remove_oldest(folder: Path, limit_bytes: int) -> None:
    files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob("*.safetensors"))
    excess = sum(size for _, size, _ in files) - limit_bytes
    for _, size, path in files:
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= size
