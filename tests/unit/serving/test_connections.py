"""Connections over real sockets: slow ones are given up, large ones refused, and many keep nobody out."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from served import Served, answer_of, read_all, request, served
from tunecard.serving.limits import Limits

TIGHT = Limits(
    body_bytes=20_000, header_seconds=0.4, body_seconds=0.5, linger_seconds=0.3, reading_seconds=0.5, rest_seconds=1,
    connections=12,
)  # fmt: skip
ASKED = json.dumps({"inputs": "four", "adapter": "one"}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), TIGHT) as one:
        yield one
        assert one.faults == []


def is_right(answer: tuple[int, bytes]) -> bool:
    status, body = answer
    return status == 200 and json.loads(body)[0] == {"label": "one", "score": 0.8}


def given_up(connection: socket.socket, drip: bytes, seconds: float) -> float:
    """Sends a bit again and again until the other side has hung up; how long that took."""
    began = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - began < seconds:
        try:
            connection.sendall(drip)
            if connection.recv(65_536) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def test_headers_that_drip_are_given_up_on_and_nothing_at_all_too(server: Served) -> None:
    dripping = server.connect(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n")
    assert 0.3 < given_up(dripping, b"x: y\r\n", 5) < 2
    silent = server.connect()
    began = time.monotonic()
    assert read_all(silent) == b"" and time.monotonic() - began < 2
    second = server.connect(request(ASKED))
    assert is_right(answer_of(second))
    second.sendall(b"POST /predict HTTP/1.1\r\n")
    assert 0.3 < given_up(second, b"x: y\r\n", 5) < 2


def test_a_body_that_drips_is_answered_and_hung_up_on(server: Served) -> None:
    connection = server.connect(chunked_head())
    began = time.monotonic()
    assert 0.7 < given_up(connection, b"1\r\n \r\n", 6) < 3, "408 after half a second, and gone soon after"
    late = server.connect(request(b" " * 100)[:-50])
    status, body = answer_of(late)
    assert status == 408 and json.loads(body)["error"]["type"] == "slow" and time.monotonic() - began < 4


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_huge_body_gets_its_answer_and_is_not_read_to_its_end(server: Served, is_chunked: bool) -> None:
    if is_chunked:
        head = chunked_head()
        connection, drip = server.connect(head), b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    else:
        connection, drip = server.connect(huge_head()), b" " * 0x4000
    connection.sendall(drip)
    connection.sendall(drip)
    status, body = answer_of(connection)
    assert status == 413 and json.loads(body)["error"]["type"] == "size"
    assert given_up(connection, drip, 5) < 2


def chunked_head(path: str = "/predict") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


def huge_head() -> bytes:
    return b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"


def test_headers_have_a_bound_and_no_http_is_told_in_json(server: Served) -> None:
    for sent in (
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000,
        b"\x16\x03\x01\x02\x00\x01\n\n",
        b"{}\r\n\r\n",
    ):
        connection = server.connect()
        try:
            connection.sendall(sent)
        except OSError:
            continue
        got = read_all(connection)
        assert got == b"" or (b" 400 " in got and b'"type": "shape"' in got)


def test_garbage_behind_a_request_costs_nobody_its_answer(server: Served) -> None:
    got = read_all(server.connect(request(ASKED) + b"\x00garbage\r\n\r\n"))
    assert got.startswith(b"HTTP/1.1 200") and b'"label": "one"' in got and b"HTTP/1.1 400" in got
    for path in ("/nowhere", "/predict"):  # the first may be answered before its body, of which no chunk is one
        assert read_all(server.connect(chunked_head(path) + b"zz\r\n"))[9:12] in (b"400", b"404")
    assert is_right(answer_of(server.connect(request(ASKED))))


def test_pipelined_requests_are_answered_in_order(server: Served) -> None:
    connection = server.connect(request(ASKED) * 3)
    got = b""
    while got.count(b'"score"') < 6:
        got += connection.recv(65_536)
    assert got.count(b"HTTP/1.1 200") == 3


def test_whoever_reads_no_answer_is_given_up(server: Served) -> None:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400)
    time.sleep(0.3)
    before = len(server.server.server_state.connections)
    deadline = time.monotonic() + 5
    while len(server.server.server_state.connections) >= before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(server.server.server_state.connections) < before
    connection.close()


def test_a_flood_of_connections_keeps_nobody_out_and_whoever_waits_stays(server: Served) -> None:
    server.stand.may.clear()
    waiting = server.connect(request(ASKED))
    time.sleep(0.1)
    flood = [server.connect(b"POST /predict HTTP/1.1\r\n" if n % 2 else b"") for n in range(40)]
    honest = server.connect(request(ASKED))
    time.sleep(0.1)
    assert len(server.server.server_state.connections) <= TIGHT.connections
    server.stand.may.set()
    assert is_right(answer_of(waiting)) and is_right(answer_of(honest))
    for one in flood:
        one.close()


def test_what_nobody_waits_for_is_not_computed(server: Served) -> None:
    server.stand.may.clear()
    held = server.connect(request(ASKED))
    time.sleep(0.1)
    for _ in range(3):
        leaving = server.connect(request(json.dumps({"inputs": ["nobody waits"] * 20, "adapter": "one"}).encode()))
        time.sleep(0.05)
        leaving.close()
    time.sleep(0.1)
    server.stand.may.set()
    assert is_right(answer_of(held)) and is_right(answer_of(server.connect(request(ASKED))))
    assert "nobody waits" not in server.stand.seen


def test_the_host_header_leads_to_no_other_file(server: Served) -> None:
    hostile = "localhost:1/../../../../../../usr/share/x.html?"
    answer = httpx.get(f"{server.address}/page.css", headers={"Host": hostile})
    assert answer.status_code in (200, 400, 403) and (
        answer.status_code != 200 or answer.headers["content-type"].startswith("text/css")
    )


def test_another_protocol_is_not_spoken(server: Served) -> None:
    upgrade = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    status, body = answer_of(server.connect(upgrade.encode()))
    assert status == 200 and json.loads(body) == {"live": True}
