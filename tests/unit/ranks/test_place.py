"""The variables of a launcher: read in one place, and told in one message where they cannot be."""

from __future__ import annotations

import os

import pytest
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from tunecard.errors import MachineError
from tunecard.ranks import Place, hidden_place, own_place

MET = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
TORCHRUN = {"WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "1", **MET}


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({}, Place(0, 1, 0)),
        ({"WORLD_SIZE": "1", "RANK": "0"}, Place(0, 1, 0)),
        ({"RANK": "7", "MASTER_PORT": "1"}, Place(0, 1, 0)),  # somebody else's, or what a cluster always sets
        (TORCHRUN, Place(3, 4, 1)),
        ({"PMI_SIZE": "2", "PMI_RANK": "1", "MPI_LOCALRANKID": "0", **MET}, Place(1, 2, 0)),
        ({**dict(zip(("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"), "201", strict=True)),
          **MET}, Place(0, 2, 1)),
    ],
)  # fmt: skip
def test_the_place_is_what_a_launcher_tells(environment: dict[str, str], place: Place) -> None:
    assert own_place(environment) == place
    assert place.is_first == (place.number == 0)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(MachineError) as told:
        own_place({"WORLD_SIZE": "2", "RANK": "2", "LOCAL_RANK": "-1", "MASTER_PORT": "x"})
    assert told.value.problems == [
        "RANK must be a whole number from 0 to 1. Got '2'.",
        "LOCAL_RANK must be a whole number from 0 to 1. Got '-1'.",
        "MASTER_PORT must be a whole number from 1 to 65535. Got 'x'.",
        "MASTER_ADDR must name the machine of rank 0, and is not set. Start it with torchrun: torchrun "
        "--nproc-per-node 2 -m tunecard run RECIPE.",
    ]
    with pytest.raises(MachineError, match=r"WORLD_SIZE must be a whole number from 1\. Got 'two'"):
        own_place({"WORLD_SIZE": "two"})


def test_a_library_that_looks_for_others_finds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TORCHRUN.items():
        monkeypatch.setenv(name, value)
    AcceleratorState._reset_state(reset_partial_state=True)
    with hidden_place():
        assert "RANK" not in os.environ
        assert Accelerator(cpu=True).num_processes == 1  # else it would wait for three others
    assert own_place() == Place(3, 4, 1)
    AcceleratorState._reset_state(reset_partial_state=True)
