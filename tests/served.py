"""A server as `tunecard serve` configures it, in a thread of its own, over adapters that stand for any."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn

from tunecard.serving.app import build_app
from tunecard.serving.doors import Doors
from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures
from tunecard.serving.server import configured
from tunecard.serving.shelf import Library
from tunecard.serving.state import State
from tunecard.serving.worker import Worker

USUAL = Limits(queue_seconds=60)  # a busy machine must not turn requests away


class Stand:
    """Two adapters of texts that answer with their own label and the length of the text; `may` holds them up."""

    def __init__(self, names: Sequence[str] = ("one", "two")) -> None:
        self.may = threading.Event()
        self.may.set()
        self.seen: list[str] = []
        self.predictors = {name: self._adapter(name) for name in names}

    def _adapter(self, name: str) -> Any:
        return SimpleNamespace(
            task="text-classification", labels=(name, "no"), base_id="some/base", score="", is_pair=False, unchecked=(), parts=("text",),
            fault_of=lambda row: None if isinstance(row, str) and row.strip() else "must be a text that is not empty.",
        )  # fmt: skip

    def predict(self, rows: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        self.may.wait(20)
        self.seen += [text for _, text in rows]
        return [self.answer(name, text) for name, text in rows]

    @staticmethod
    def answer(name: str, text: str) -> dict[str, Any]:
        share = len(text) / (len(text) + 1)
        return {"label": name, "probability": share, "probabilities": {name: share, "no": 1 - share}}


@dataclass
class Served:
    """A server that runs.

    Attributes:
        stand: what answers.
        faults: what the loop of the server could not handle, and what it logged; nothing of a client may get there.
    """

    port: int
    state: State
    stand: Stand
    server: uvicorn.Server
    faults: list[Any]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self, sent: bytes = b"") -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        made.sendall(sent)
        return made


def library_of(stand: Any, home: Path) -> Library:
    """All of its adapters on one shelf; `home` stands for the folder of each."""
    return Library(dict.fromkeys(stand.predictors, stand), stand.predictors, dict.fromkeys(stand.predictors, home))


def state_of(library: Any, limits: Limits = USUAL, token: str | None = None) -> State:
    """A state whose worker runs."""
    worker = Worker(library, limits, Measures())
    worker.start()
    return State(worker, limits, Doors("127.0.0.1", token), Measures())


@contextmanager
def listening(state: State) -> Iterator[int]:
    """The port of a plain uvicorn over a state whose worker runs; server and worker end with the block."""
    server = uvicorn.Server(uvicorn.Config(build_app(state), host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(5)
    state.worker.close()


@contextmanager
def served(home: Path, limits: Limits = USUAL) -> Iterator[Served]:
    """`with served(folder) as it: it.connect(b"GET / ...")`; `home` stands for the folder of each adapter."""
    stand = Stand()
    state = state_of(library_of(stand, home), limits)
    faults: list[Any] = []
    server, told = uvicorn.Server(configured(state, 0)), logging.Handler(logging.ERROR)
    told.emit = lambda record: faults.append(record.getMessage())  # type: ignore[method-assign]
    logs = [logging.getLogger(name) for name in ("uvicorn.error", "tunecard.serving")]
    for log in logs:
        log.addHandler(told)

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(port, state, stand, server, faults)
    finally:
        stand.may.set()
        server.should_exit = True
        thread.join(10)
        state.worker.close()
        for log in logs:
            log.removeHandler(told)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side hangs up."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def request(body: bytes, path: str = "/predict", *headers: str) -> bytes:
    """A POST of a body."""
    head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def answer_of(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of one answer with a Content-Length."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65_536)
        if not part:
            break
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return int(lines[0].split(" ")[1]), body
