"""The shards of one part, read in order and handed on packed: those that are done are read over."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest

from tunecard.bulk.survey import Part
from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.options import ReadingOptions
from tunecard.errors import DataError, TunecardError
from tunecard.inference.bulk.windows import windows_of

FAULT = -1  # in the place of a shard's number: what is packed is an error


@dataclass(frozen=True)
class Packed:
    """One shard to compute: its number, the position of its first row, and its records, pickled."""

    number: int
    first: int
    records: bytes


def read_shards(part: Part, reading: ReadingOptions, missing: Collection[int]) -> Iterator[Packed]:
    """The shards of a part that are missing; an input that cannot be read any more comes as a fault in its place."""
    try:
        yield from _read(part, reading, missing)
    except TunecardError as error:
        yield Packed(FAULT, 0, pickle.dumps(error))


def _read(part: Part, reading: ReadingOptions, missing: Collection[int]) -> Iterator[Packed]:
    first, last = part.first, max(missing)
    with ExitStack() as stack:
        windows = windows_of(open_rows(part.path, stack, reading).rows)
        for number, window, size in zip_longest(part.shards, windows, part.sizes):
            if number is None or window is None or len(window) != size:
                raise DataError(
                    f"{part.path.name}: was changed while it was read. Leave it as it is until all is done."
                )
            if number in missing:
                yield Packed(number, first, pickle.dumps(window))
            if number == last:
                return
            first += size
