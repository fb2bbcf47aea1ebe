"""One process that predicts: it loads the adapter once, then answers shard after shard and stores each whole."""

from __future__ import annotations

import os
import pickle
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.bulk.reading import FAULT
from tunecard.bulk.shards import Shard, find, store
from tunecard.errors import MachineError, TunecardError
from tunecard.inference.bulk.answering import Layout, answer_window

if TYPE_CHECKING:
    from tunecard.inference import Predictor


@dataclass(frozen=True)
class Job:
    """What every worker is told.

    Attributes:
        adapter: the folder to load; the same path on every machine.
        base, device, precision: as `load` takes them.
        threads: that one worker may use.
        layout, suffix: how rows are read and written.
        shards: the folder that takes what is done.
    """

    adapter: Path
    base: str | None
    device: str
    threads: int
    layout: Layout
    suffix: str
    shards: Path
    precision: str = "fp32"


class Worker:
    """Called by Ray with batches of packed shards. A fault is an answer as well, so that nobody tries it again."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        packed = zip(batch["number"], batch["first"], batch["records"], strict=True)
        told = [self._told(int(number), int(first), records) for number, first, records in packed]
        return {"told": [pickle.dumps(one) for one in told]}

    def _told(self, number: int, first: int, records: bytes) -> tuple[Shard | TunecardError, tuple[str, ...]]:
        """What became of a shard, and what was not checked in loading the adapter."""
        unpacked = pickle.loads(records)
        if number == FAULT:
            return unpacked, ()
        try:
            done = find(self._job.shards, number) or self._store(number, first, unpacked)
            return done, self._predictor.unchecked
        except TunecardError as error:
            return error, ()

    def _store(self, number: int, first: int, records: Sequence[Any]) -> Shard:
        rows = answer_window(self._predictor, records, first, self._job.layout)
        return store(self._job.shards, number, rows, self._job.layout, self._job.suffix)

    @cached_property
    def _predictor(self) -> Predictor:
        for folder in (self._job.adapter, self._job.shards):
            if not folder.is_dir():
                raise MachineError(
                    f"{folder}: not there on the machine {platform.node()}. Adapter, base, input and output must lie "
                    "where every machine of the cluster finds them under the same path."
                )
        os.environ["RAYON_NUM_THREADS"] = str(self._job.threads)  # the tokenizer's, asked for when it first works
        import torch

        from tunecard.inference import load

        torch.set_num_threads(self._job.threads)
        return load(self._job.adapter, self._job.base, self._job.device, self._job.precision)
