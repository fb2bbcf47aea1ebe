"""Where the server listens is settled before anything is loaded."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tunecard.errors import MachineError
from tunecard.serving.doors import doors_of
from tunecard.serving.server import listening, serve


def test_a_port_that_is_taken_is_told_before_adapters_are_read(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(MachineError, match=rf"cannot listen at 127\.0\.0\.1:{port}: .*in use.* another --port"):
            serve([tmp_path / "no such folder"], doors_of("127.0.0.1", None), port)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost"])
def test_every_name_of_this_machine_can_be_listened_at(host: str) -> None:
    with listening(host, 0) as place, socket.create_connection(place.getsockname()[:2], timeout=5):
        assert place.getsockname()[0] in {"127.0.0.1", "::1"}


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(MachineError, match="cannot listen at 203.0.113.7:0"):
        listening("203.0.113.7", 0)
