"""The whole way: an input surveyed, its missing shards computed by Ray, the output put together from all of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from tunecard.bulk.assembling import assemble
from tunecard.bulk.identity import Identity, identity_of
from tunecard.bulk.place import Place, place_of
from tunecard.bulk.resuming import begin, whole_output
from tunecard.bulk.shards import Shard, whole_shards
from tunecard.bulk.source import Answers, answered
from tunecard.bulk.survey import Part, Survey, survey
from tunecard.bulk.wish import BulkReport, Wish
from tunecard.bulk.worker import Job
from tunecard.counted import counted
from tunecard.errors import Interrupted, TunecardError
from tunecard.evidence.output_folder import locked_folder
from tunecard.inference.adapter_folder import read_adapter_folder
from tunecard.inference.loading import find_base
from tunecard.on_ray.pool import pool_for
from tunecard.on_ray.session import machines, ray_session

Shards: TypeAlias = dict[int, Shard]


def predict_by_ray(wish: Wish) -> BulkReport:
    """Predicts an input by Ray Data: the rows and columns that `predict_stream` gives, in the same order.

    What is done is stored shard by shard. A call after one that was stopped or killed computes only what is missing;
    one after a whole output computes nothing.

    Raises:
        RunFolderError: the output was begun with another model, input or options, or is in use.
        DataError, AdapterError, BaseModelError: as of `load` and `predict_stream`.
        MachineError: no Ray at the address, or a full disk.
        Interrupted: what is done is kept.
    """
    adapter = read_adapter_folder(wish.adapter)
    place = place_of(wish.out, wish.source)
    base = find_base(adapter, wish.base)
    found = survey(
        wish.source, place.suffix, adapter, wish.columns, wish.reading, only_predictions=wish.only_predictions
    )
    identity = identity_of(adapter, base, found, _options(wish, place))
    errors = whole_output(place, identity)
    if errors is not None:
        return BulkReport(found.rows, errors, 0, found.notes, found.layout.renamed)
    with locked_folder(place.shards):
        return _predict(wish, place, found, identity)


def _options(wish: Wish, place: Place) -> dict[str, str | bool]:
    return {
        "ending": place.suffix,
        "is_folder": place.is_folder,
        "only_predictions": wish.only_predictions,
        "separator": wish.reading.separator,
        "encoding": wish.reading.encoding,
        "precision": wish.precision,
    }


def _predict(wish: Wish, place: Place, found: Survey, identity: Identity) -> BulkReport:
    begin(place, identity)
    shards = whole_shards(place.shards)
    before = sum(shard.rows for shard in shards.values())
    with _kept(wish, place):
        unchecked = _compute(wish, place, found, shards)
        assemble(place, found, shards, identity)
    shutil.rmtree(place.shards)
    errors = sum(shard.errors for shard in shards.values())
    return BulkReport(found.rows, errors, found.rows - before, found.notes, found.layout.renamed, unchecked)


@contextmanager
def _kept(wish: Wish, place: Place) -> Iterator[None]:
    """Raises: Interrupted: in the place of a signal."""
    try:
        yield
    except KeyboardInterrupt as error:
        said = f"stopped; what is done is kept in {place.shards}. The same command goes on from there."
        raise Interrupted(said, place=str(wish.out)) from error


def _compute(wish: Wish, place: Place, found: Survey, shards: Shards) -> tuple[str, ...]:
    """Adds the shards that are missing. Returns: what was not checked in loading the adapter.

    Raises: TunecardError: the first fault that a worker tells.
    """
    missing = {part: [n for n in part.shards if n not in shards] for part in found.parts}
    missing = {part: numbers for part, numbers in missing.items() if numbers}
    unchecked: tuple[str, ...] = ()
    if not missing:
        return unchecked
    with ExitStack() as stack:
        with counted("Starting Ray"):
            stack.enter_context(ray_session(wish.address))
        before = sum(shard.rows for shard in shards.values())
        count = stack.enter_context(counted("Predicting", found.rows, "rows", before))
        for told, said in stack.enter_context(closing(_answers(wish, place, found, missing))):
            if isinstance(told, TunecardError):
                raise told
            shards[told.number] = told
            count.advance(told.rows)
            unchecked = said or unchecked
    return unchecked


def _answers(wish: Wish, place: Place, found: Survey, missing: Mapping[Part, Sequence[int]]) -> Answers:
    """What workers tell, as many of them as there is room for."""
    pool = pool_for(machines(), sum(map(len, missing.values())), wish.device)
    job = Job(
        adapter=wish.adapter.resolve(),
        base=_absolute(wish.base),
        device=wish.device,
        threads=pool.threads,
        layout=found.layout,
        suffix=place.suffix,
        shards=place.shards.resolve(),
        precision=wish.precision,
    )
    return answered(missing, replace(wish.reading, columns=wish.columns or {}), job, pool)


def _absolute(base: str | None) -> str | None:
    """A folder by its whole path: workers have another working directory."""
    return str(Path(base).resolve()) if base is not None and Path(base).is_dir() else base
