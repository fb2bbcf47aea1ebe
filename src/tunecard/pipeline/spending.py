"""What a run has used so far, kept beside the checkpoints so that interrupted attempts count too."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tunecard.evidence.files import write_json
from tunecard.measurement import StageUsage

FILE = "spending.json"


class Spending:
    """Adds up stages and wall time over every attempt at a run.

    Args:
        folder: the run's checkpoints.
        began: `time.perf_counter()` when this attempt began.
    """

    def __init__(self, folder: Path, began: float) -> None:
        self._file = folder / FILE
        self._began = began
        content: dict[str, Any] = (
            json.loads(self._file.read_text()) if self._file.is_file() else {"seconds": 0.0, "stages": []}
        )
        self._earlier_seconds = float(content["seconds"])
        self._stages = {stage["name"]: StageUsage(**stage) for stage in content["stages"]}

    @property
    def stages(self) -> list[StageUsage]:
        """One record a stage, over all attempts."""
        return list(self._stages.values())

    def add(self, usage: StageUsage) -> Spending:
        """Counts a stage of this attempt."""
        before = self._stages.get(usage.name, StageUsage(usage.name, 0.0, 0.0, 0))
        self._stages[usage.name] = StageUsage(
            usage.name,
            before.seconds + usage.seconds,
            before.cpu_seconds + usage.cpu_seconds,
            max(before.peak_memory_bytes, usage.peak_memory_bytes),
        )
        return self

    def seconds(self) -> float:
        """Wall time of all attempts until now."""
        return self._earlier_seconds + time.perf_counter() - self._began

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Writes the sums when the attempt ends, however it ends, if it left checkpoints."""
        try:
            yield
        finally:
            if self._file.parent.is_dir():
                write_json(self._file, {"seconds": self.seconds(), "stages": [asdict(stage) for stage in self.stages]})
