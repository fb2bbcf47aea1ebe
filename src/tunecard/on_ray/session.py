"""A Ray to work with: one that runs already, one of a cluster by its address, or one of this machine's own."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from tunecard.errors import MachineError
from tunecard.measurement.available_resources import available_threads

HERE = "local"
# What waits between reading and predicting is a few windows; predictions never pass through it.
STORE_BYTES = 300 * 2**20
TRIES = 3
PATIENCE = 5.0  # seconds for an address to answer
_SHORT = 40  # characters of a folder for sockets, whose whole path may have 107


@contextmanager
def ray_session(address: str | None) -> Iterator[None]:
    """A Ray for the block. One that this process has started already is used and left as it is.

    Args:
        address: HOST:PORT of a cluster, "auto" for the one that this machine belongs to; None or "local" starts one.
    Raises: MachineError: nobody answers there.
    """
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # it has files for what it logs
    try:
        if address in (None, HERE):
            with _own_ray():
                yield
        else:
            _join(str(address))
            yield
    finally:
        ray.shutdown()


def machines() -> list[dict[str, float]]:
    """What Ray may use on each machine, by its names: "CPU", "GPU"."""
    nodes = ray.nodes()  # type: ignore[no-untyped-call]
    return [node["Resources"] for node in nodes if node["Alive"]]


@contextmanager
def _own_ray() -> Iterator[None]:
    above = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="ray-", dir=above if len(above) <= _SHORT else "/tmp")
    try:
        _start(folder)
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: str) -> None:
    """Raises: MachineError: Ray gave up, which it does after 30 seconds; on a busy machine the next try may do."""
    for attempt in range(TRIES):
        try:
            ray.init(
                num_cpus=max(1, int(available_threads())), object_store_memory=STORE_BYTES, include_dashboard=False,
                _temp_dir=folder, log_to_driver=False, logging_level=logging.ERROR,
            )  # fmt: skip
            return
        except Exception as error:
            ray.shutdown()
            if attempt + 1 == TRIES:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise MachineError(f"Ray did not start on this machine: {reason}") from error


def _join(address: str) -> None:
    place = address.removeprefix("ray://")
    if address != "auto":
        _check_answers(address, place)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise _nobody(address, str(error).splitlines()[0]) from error


def _check_answers(address: str, place: str) -> None:
    """Asked first: Ray itself waits a minute, and then ends the process."""
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise MachineError(f"--ray must be HOST:PORT, auto, or nothing for this machine alone. Got {address!r}.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise _nobody(address, str(error)) from error


def _nobody(address: str, reason: str) -> MachineError:
    return MachineError(
        f"no Ray answers at {address} ({reason}). Start one there with `ray start --head`, or leave the address out "
        "to use this machine."
    )
