"""Missing shards through Ray Data: parts are read as they are asked for, shard by shard, and workers answer them."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy, DataContext, Datasource, ReadTask
from ray.data.block import BlockMetadata

from tunecard.bulk.reading import read_shards
from tunecard.bulk.shards import Shard
from tunecard.bulk.survey import Part
from tunecard.bulk.worker import Job, Worker
from tunecard.data.readers.options import ReadingOptions
from tunecard.errors import TunecardError
from tunecard.on_ray.pool import Pool

Answers: TypeAlias = Generator[tuple[Shard | TunecardError, tuple[str, ...]], None, None]
READERS = 2  # parts read at a time: each fills the queues of many workers
WAITING = 2  # shards that a worker has besides the one that it computes


class Missing(Datasource):
    """The shards that are missing, one row each: number, position of the first row, pickled records."""

    def __init__(self, parts: Mapping[Part, Sequence[int]], reading: ReadingOptions) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._parts, self._reading = parts, reading

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        """One a part."""
        unknown = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        return [
            ReadTask(partial(_blocks, part, self._reading, numbers), unknown) for part, numbers in self._parts.items()
        ]

    def estimate_inmemory_data_size(self) -> int | None:
        """Nobody knows, and nothing hangs on it."""
        return None


def answered(parts: Mapping[Part, Sequence[int]], reading: ReadingOptions, job: Job, pool: Pool) -> Answers:
    """Shards as they are done, in any order, each once; what `Worker` tells of them.

    What a killed worker had not stored is computed by another one.
    """
    _keep_quiet()
    source = Missing(parts, reading)
    waiting = ray.data.read_datasource(
        source, num_cpus=0, concurrency=min(READERS, len(parts)), override_num_blocks=len(parts)
    )
    done = waiting.map_batches(
        Worker,
        fn_constructor_kwargs={"job": job},
        batch_size=None,
        batch_format="numpy",
        compute=ActorPoolStrategy(size=pool.workers, max_tasks_in_flight_per_actor=WAITING),
        num_cpus=0 if pool.devices else pool.threads,
        num_gpus=pool.devices,
    )
    for batch in done.iter_batches(batch_size=None, prefetch_batches=0, batch_format="numpy"):
        for told in batch["told"]:
            yield pickle.loads(told)


def _blocks(part: Part, reading: ReadingOptions, numbers: Sequence[int]) -> Iterator[pa.Table]:
    for packed in read_shards(part, reading, frozenset(numbers)):
        records = pa.array([packed.records], pa.large_binary())
        yield pa.table({"number": [packed.number], "first": [packed.first], "records": records})


def _keep_quiet() -> None:
    """Progress is told by whoever watches; every shard is a block of its own, so that a worker holds few."""
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.target_max_block_size = 1
    logging.getLogger("ray.data").setLevel(logging.ERROR)
