"""What the end of earlier runs took on this machine (stock checks, card, pictures): a dry run cannot time it.

A few figures lie in the cache folder, `seconds/closing.json`; nothing about data, models or people is among them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tunecard.cache_folder import cache_folder
from tunecard.evidence.files import write_json
from tunecard.measurement.available_resources import available_threads
from tunecard.measurement.processor_time import process_cpu_seconds
from tunecard.measurement.usage import ResourceUsage
from tunecard.untrusted.bounded_json import read_json
from tunecard.version import __version__

FILE = "closing.json"
MOST_BYTES = 100_000
KEPT = 20  # runs, the newest
CONTROLS = "controls"
Amount = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class ClosingSeconds(BaseModel):
    """What one run took from its last step of training to its last file, controls left out.

    Attributes:
        version, threads, device: of another one, another time is to be expected.
        wall, processor: seconds; processor time is that of the process and its children.
        scored_tokens: predicted meanwhile.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: str
    threads: float
    device: str
    wall: Amount
    processor: Amount
    scored_tokens: Annotated[int, Field(ge=0)]


_FILE = TypeAdapter(list[ClosingSeconds])


class ClosingClock:
    """Made when training has ended; `remember` when the last file is written."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), process_cpu_seconds()

    def remember(self, usage: ResourceUsage, device: str, scored_tokens: int) -> None:
        """Keeps the seconds for later dry runs; without a folder to keep them in, nothing happens.

        Args:
            usage: of the run, whose controls are not counted here.
        """
        controls = [stage for stage in usage.stages if stage.name == CONTROLS]
        wall = time.perf_counter() - self._wall - sum(stage.seconds for stage in controls)
        processor = process_cpu_seconds() - self._processor - sum(stage.cpu_seconds for stage in controls)
        path = _path()
        if path is None or min(wall, processor) < 0:  # resumed: controls of an earlier attempt are in the sum
            return
        known = [*_read(path), _entry(wall, processor, device, scored_tokens)]
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, [one.model_dump() for one in known[-KEPT:]])


def remembered_closings(device: str) -> Sequence[ClosingSeconds]:
    """Those of this version, this device and as many threads, oldest first; none where nothing can be read."""
    path = _path()
    mine = (__version__, _threads(), device)
    return [one for one in (_read(path) if path else []) if (one.version, one.threads, one.device) == mine]


def _threads() -> float:
    """That a run computes with: those it may use, cut by what OpenMP was told."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return min(available_threads(), float(told)) if told.isdigit() else available_threads()


def _path() -> Path | None:
    folder = cache_folder("seconds")
    return None if folder is None else folder / FILE


def _entry(wall: float, processor: float, device: str, scored_tokens: int) -> ClosingSeconds:
    return ClosingSeconds(
        version=__version__, threads=_threads(), device=device, wall=wall, processor=processor,
        scored_tokens=scored_tokens,
    )  # fmt: skip


def _read(path: Path) -> list[ClosingSeconds]:
    try:
        return _FILE.validate_python(read_json(path, MOST_BYTES))
    except (OSError, ValueError):  # nothing there is ever needed; pydantic's fault is a ValueError
        return []
