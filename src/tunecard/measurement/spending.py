"""spending.json: what the attempts at a run have used so far, read strictly: a broken sum must not become a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tunecard.errors import RunFolderError
from tunecard.untrusted.bounded_json import read_json

FILE = "spending.json"
MOST_BYTES = 1_000_000
MOST = 1e12  # seconds, kWh or attempts that nobody uses; sums and dates with less stay finite
Amount = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Spent(_Strict):
    """What one stage used; None where nobody counted or metered it."""

    name: str
    seconds: Amount
    cpu_seconds: Amount
    peak_memory_bytes: Count
    others_seconds: Amount | None = None
    processor_kwh: Amount | None = None
    accelerator_kwh: Amount | None = None


class Spending(_Strict):
    """All attempts so far; `running` is the stage of one whose process was killed."""

    seconds: Amount = 0.0
    failed_attempts: Count = 0
    stages: list[Spent] = []
    running: Spent | None = None


def read_spending(path: Path) -> Spending:
    """What is written there; nothing was used where there is no such file.

    Raises: RunFolderError: something else lies there, or not what a run writes.
    """
    try:
        return Spending.model_validate(read_json(path, MOST_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return Spending()
    except (OSError, ValueError) as error:  # pydantic's fault is a ValueError
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise RunFolderError(
            f"cannot be read as what earlier attempts used ({said}), so their time and energy would be lost. "
            "Put it back as it was, or start again with --overwrite.",
            place=str(path),
        ) from error
