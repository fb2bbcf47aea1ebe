"""One process that serves: loads, listens, watches its folders, and on SIGTERM finishes what it took and exits."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from tunecard.errors import MachineError, RunFolderError, TunecardError
from tunecard.evidence.ledger import ADAPTER_CONFIG
from tunecard.serving.app import build_app
from tunecard.serving.connections import connections
from tunecard.serving.doors import Doors
from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures
from tunecard.serving.opening import Opener, Stamp, stamp_of
from tunecard.serving.shelf import Library
from tunecard.serving.state import State
from tunecard.serving.worker import Worker

WATCH_SECONDS = 2.0
M_ARENA_MAX = -8  # malloc.h
USUAL = Limits()
Open = Callable[[Sequence[Path]], tuple[Library, list[TunecardError]]]


def adapter_folders(given: Sequence[Path]) -> list[Path]:
    """The folders themselves where they hold an adapter, else those in them that do, in name order."""
    found: list[Path] = []
    for folder in given:
        if (folder / ADAPTER_CONFIG).is_file():
            found.append(folder)
        elif folder.is_dir():
            found += sorted(one for one in folder.iterdir() if (one / ADAPTER_CONFIG).is_file())
        else:
            raise RunFolderError("no such folder. Give folders of runs, or one that holds them.", place=str(folder))
    return found


class Server(uvicorn.Server):
    """Uvicorn's, which takes no more from the moment on that it is told to stop."""

    def __init__(self, config: uvicorn.Config, state: State) -> None:
        super().__init__(config)
        self._state = state

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The handlers while it serves; to be told to stop is no fault, so that no signal is raised again behind it."""
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM and SIGINT: unready at once; what is in flight is finished."""
        self._state.is_draining = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """First whoever comes is told so for a moment: to hang up at once would lose what is on its way."""
        await asyncio.sleep(self._state.limits.drain_notice)
        await super().shutdown(sockets)


def begin(  # noqa: PLR0913 - what is served, to whom, by what, how much of it, and who is told
    given: Sequence[Path],
    doors: Doors,
    *,
    base: str | None = None,
    device: str = "auto",
    precision: str = "fp32",
    limits: Limits = USUAL,
    told: Callable[[str], None] = lambda line: None,
) -> tuple[State, Open]:
    """Loads, and begins to compute: what answers through `build_app`, and what opens folders again for `watch`.

    Args:
        given: folders of adapters, or folders that hold such.
        told: is given a line for each adapter of which products in int8 change answers.
    Raises: TunecardError: a folder or base that cannot be loaded.
    """
    with contextlib.suppress(AttributeError, OSError):  # glibc alone has it
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)  # what one thread let go of, another may take: adapters come and go
    folders = adapter_folders(given)
    if not folders:
        raise RunFolderError("holds no adapter yet, and a server without any says nothing.", place=str(given[0]))
    measures = Measures()
    opener = Opener(base, device, limits.adapter_bytes, measures.in_memory, precision)
    library, faults = opener.open(folders)
    if faults:
        raise faults[0]
    for name, predictor in library.predictors.items():
        if predictor.changed:
            told(f"{name}, {predictor.changed}.")
    worker = Worker(library, limits, measures)
    measures.adapters(len(worker.library.names))
    worker.start()
    gc.collect()
    gc.freeze()  # half a million objects that stay: to look for garbage among them holds all clients up for 0.2 s
    return State(worker, limits, doors, measures), opener.open


def serve(  # noqa: PLR0913 - what is served, to whom, where, by what, and how much of it
    given: Sequence[Path],
    doors: Doors,
    port: int,
    *,
    base: str | None = None,
    device: str = "auto",
    precision: str = "fp32",
    limits: Limits = USUAL,
    told: Callable[[str], None] = lambda line: None,
) -> None:
    """Serves until it is told to stop.

    Args:
        given: folders of adapters, or folders that hold such; those are looked at again and again.
        told: is given a line where it listens, and one for each adapter that comes or goes.
    Raises: TunecardError: a place to listen that cannot be had, a folder or base that cannot be loaded.
    """
    with listening(doors.host, port) as place:
        state, open_all = begin(given, doors, base=base, device=device, precision=precision, limits=limits, told=told)
        told(f"{len(state.library.names)} adapters at http://{doors.host}:{place.getsockname()[1]}/")
        asyncio.run(_run(Server(configured(state, port), state), place, state, given, open_all, told))
    state.worker.close()
    state.worker.join(limits.drain_seconds)


def listening(host: str, port: int) -> socket.socket:
    """A socket that nobody else has, before anything is loaded.

    Raises: MachineError: the port is taken, or this machine has no such address.
    """
    try:
        kind, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=kind)
    except OSError as error:
        raise MachineError(
            f"cannot listen at {host}:{port}: {error.strerror or error}. Give another --port."
        ) from error


def configured(state: State, port: int) -> uvicorn.Config:
    """How uvicorn serves a state: every bound of its limits, and no log of requests."""
    limits = state.limits
    return uvicorn.Config(
        build_app(state), host=state.doors.host, port=port, log_config=None, log_level="error", access_log=False,
        server_header=False, http=connections(limits), ws="none", lifespan="off",
        h11_max_incomplete_event_size=limits.header_bytes, timeout_keep_alive=round(limits.rest_seconds),
        timeout_graceful_shutdown=round(limits.drain_seconds),
    )  # fmt: skip


async def _run(
    server: Server,
    place: socket.socket,
    state: State,
    given: Sequence[Path],
    open_all: Open,
    told: Callable[[str], None],
) -> None:
    watching = asyncio.create_task(watch(state, given, open_all, told))
    try:
        await server.serve([place])
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def watch(
    state: State,
    given: Sequence[Path],
    open_all: Open,
    told: Callable[[str], None],
    seconds: float = WATCH_SECONDS,
) -> None:
    """Looks for adapters that came, went or changed, and takes them in between two batches; one that cannot be loaded
    is told once, and the others stay."""
    seen = stamps(given)
    while not state.is_draining:
        await asyncio.sleep(seconds)
        now = await asyncio.to_thread(stamps, given)
        if now == seen:
            continue
        seen = now
        library, faults = await asyncio.to_thread(open_all, list(now))
        for fault in faults:
            told(f"not taken in: {fault}")
        before = set(state.library.names)
        state.worker.library = library
        state.measures.adapters(len(library.names))
        for name in sorted(before ^ set(library.names)):
            told(f"{'gone' if name in before else 'new'}: {name}")


def stamps(given: Sequence[Path]) -> dict[Path, Stamp]:
    """Folder to when its files were written, of every adapter that is there."""
    try:
        return {folder: stamp_of(folder) for folder in adapter_folders(given)}
    except TunecardError:
        return {}
