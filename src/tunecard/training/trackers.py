"""Curves for TensorBoard, Weights & Biases or MLflow, by Accelerate's trackers; files go beside the checkpoints."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.tracking import get_available_trackers

from tunecard.errors import MachineError

PROJECT = "tunecard"
LOGS = "logs"
MLFLOW_STORE = "MLFLOW_TRACKING_URI"

Log = Callable[[Mapping[str, float], int], None]


def check_trackers(names: Sequence[str]) -> None:
    """Raises: MachineError: a library that `training.log_to` names is not installed; all at once."""
    available = {str(tracker) for tracker in get_available_trackers()}
    missing = [name for name in names if name not in available]
    if missing:
        raise MachineError(
            [f"training.log_to: {name} is not installed. pip install {name}, or leave it out." for name in missing]
        )


@contextmanager
def tracking(accelerator: Accelerator, folder: Path, settings: Mapping[str, Any]) -> Iterator[Log]:
    """Starts the trackers that `accelerator` was made with and yields a function that logs values at a step.

    Args:
        folder: of the checkpoints; its name tells runs apart, and what trackers store locally goes to its `logs/`.
        settings: what the run was asked for.
    Raises: MachineError: a tracker does not start (no login, no server).
    """
    if not accelerator.log_with:
        yield lambda values, step: None
        return
    (folder / LOGS).mkdir(parents=True, exist_ok=True)
    with _local_mlflow(folder / LOGS):
        try:
            accelerator.init_trackers(PROJECT, config=_plain(settings), init_kwargs=_places(folder))
        except Exception as error:  # each library has its own; all mean that nothing would be logged
            raise MachineError(
                f"training.log_to: a tracker does not start: {error}", place=str(folder / LOGS)
            ) from error
        try:
            yield lambda values, step: accelerator.log(dict(values), step=step)
        finally:
            for tracker in accelerator.trackers:  # `end_training` would end the group of ranks with them
                tracker.finish()


def _places(folder: Path) -> dict[str, dict[str, Any]]:
    logs = folder / LOGS
    return {
        "wandb": {"dir": str(logs), "name": folder.name},
        "mlflow": {"logging_dir": (logs / "mlflow").resolve().as_uri(), "run_name": folder.name},
    }


@contextmanager
def _local_mlflow(logs: Path) -> Iterator[None]:
    """Without a server of the user's, MLflow would write into the working directory."""
    if MLFLOW_STORE in os.environ:
        yield
        return
    os.environ[MLFLOW_STORE] = f"sqlite:///{(logs / 'mlflow.db').resolve()}"
    try:
        yield
    finally:
        del os.environ[MLFLOW_STORE]


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, int | float | str) else str(value) for key, value in settings.items()}
