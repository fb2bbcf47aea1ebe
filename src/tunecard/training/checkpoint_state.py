"""state.json of a checkpoint, read strictly: counters of another kind would break a run long after it went on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tunecard.training.result import TrainingResult
from tunecard.untrusted.bounded_json import load_json
from tunecard.untrusted.plain_files import read_plain

STATE = "state.json"
MOST_BYTES = 50_000_000  # a line of the curve has 200, and there is one an epoch
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Position(_Strict):
    """Where a training goes on: epoch, rows learned from in it, sums of its loss, and the plan that it belongs to."""

    epoch: Annotated[int, Field(ge=1, le=2**63 - 1)]
    offset: Count
    loss: float
    weight: float
    fingerprint: Annotated[str, Field(min_length=1)]
    loss_scale: dict[str, int | float] = {}  # torch tells the two apart


class CheckpointState(_Strict):
    """All that state.json holds; `sha256` is of the other files, by name."""

    position: Position
    result: TrainingResult
    sha256: dict[str, str]

    def position_as_dict(self) -> dict[str, Any]:
        """The position as the loop counts in it."""
        return self.position.model_dump(exclude_unset=True)


def read_state(folder: Path) -> CheckpointState:
    """What stands in the folder of a checkpoint.

    Raises: ValueError: it is not what a run writes. OSError: it is not there, or no file.
    """
    text = read_plain(folder / STATE, MOST_BYTES)
    load_json(text)  # counted: depth and values
    return CheckpointState.model_validate_json(text)
