"""Which of several processes this one is: the only place where the variables of torchrun and mpirun are read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tunecard.errors import MachineError

# The first that is set counts: torchrun's and accelerate's own, then those of MPI's launchers (`accelerate launch
# --cpu` starts several processes by mpirun alone).
COUNT = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
NUMBER = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")
LOCAL = ("LOCAL_RANK", "MPI_LOCALRANKID", "OMPI_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_RANK")
ADDRESS, PORT = "MASTER_ADDR", "MASTER_PORT"
LAST_PORT = 65_535
LAUNCH = "Start it with torchrun: torchrun --nproc-per-node 2 -m tunecard run RECIPE."


@dataclass(frozen=True)
class Place:
    """A process among those of a run.

    Attributes:
        number: from 0; the first decides, writes and tells.
        count: how many there are.
        local: its number on its own machine: which GPU it has.
    """

    number: int = 0
    count: int = 1
    local: int = 0

    @property
    def is_first(self) -> bool:
        """Whether it is the one that decides, writes and tells."""
        return self.number == 0


ALONE = Place()


def own_place(environment: Mapping[str, str] | None = None) -> Place:
    """This process's place, as a launcher tells it; alone where none has started several.

    Args:
        environment: the process's own when None.
    Raises: MachineError: the variables do not tell a place; all that is wrong at once.

    >>> own_place({"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1", "MASTER_ADDR": "::1", "MASTER_PORT": "29500"})
    Place(number=1, count=2, local=1)
    """
    found = os.environ if environment is None else environment
    told = next((found[name] for name in COUNT if name in found), "1")
    if told == "1":
        return ALONE
    faults: list[str] = []
    count = _number(found, COUNT, 1, None, faults)
    number = _number(found, NUMBER, 0, count and count - 1, faults)
    local = _number(found, LOCAL, 0, count and count - 1, faults)
    _number(found, (PORT,), 1, LAST_PORT, faults)
    if not found.get(ADDRESS):
        faults.append(f"{ADDRESS} must name the machine of rank 0, and is not set.")
    if faults:
        raise MachineError([*faults[:-1], f"{faults[-1]} {LAUNCH}"], place="variables of several processes")
    return Place(number or 0, count or 1, local or 0)


def _number(
    found: Mapping[str, str], names: tuple[str, ...], least: int, most: int | None, faults: list[str]
) -> int | None:
    """The number that the first of `names` that is set holds; None where it is a fault."""
    name = next((name for name in names if name in found), None)
    bounds = f"a whole number from {least}" + ("" if most is None else f" to {most}")
    if name is None:
        faults.append(f"{names[0]} must be {bounds}, and is not set.")
        return None
    text = found[name]
    if not (text.isascii() and text.isdecimal()) or int(text) < least or (most is not None and int(text) > most):
        faults.append(f"{name} must be {bounds}. Got {text!r}.")
        return None
    return int(text)


@contextmanager
def hidden_place() -> Iterator[None]:
    """Inside, the process looks alone: libraries that find the variables would join a group of their own making."""
    names = {*COUNT, *NUMBER, *LOCAL} & os.environ.keys()
    kept = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(kept)
