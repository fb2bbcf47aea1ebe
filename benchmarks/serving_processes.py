"""Servers as processes: started, waited for, stopped while another is measured, and weighed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024
MOST_SECONDS = 1_200.0  # for a server that loads a thousand models


@dataclass(frozen=True)
class Machine:
    """How a server and its clients share the cores.

    Attributes:
        threads: of a server. With fewer than there are cores it is kept on so many, and the clients on the last one.
    """

    threads: int
    cores: Sequence[int] = field(default_factory=lambda: sorted(os.sched_getaffinity(0)))

    @property
    def is_divided(self) -> bool:
        return self.threads < len(self.cores)

    @property
    def of_server(self) -> set[int]:
        return set(self.cores[: self.threads]) if self.is_divided else set(self.cores)

    @property
    def of_clients(self) -> int | None:
        return self.cores[-1] if self.is_divided else None


@dataclass
class Running:
    """A server that is ready.

    Attributes:
        since_start, since_imports: seconds until it was ready.
    """

    process: subprocess.Popen[bytes]
    port: int
    since_start: float
    since_imports: float

    def pause(self) -> None:
        """It takes no time from others."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.resume()
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        """Of all its threads since its start; 0 where it has ended."""
        with contextlib.suppress(OSError):
            spent = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def counters(self) -> dict[str, float]:
        """What it counts of adapters at /metrics; nothing where it has no such page."""
        with contextlib.suppress(OSError):
            text = urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10).read().decode()
            return counters_in(text)
        return {}

    def resident_mib(self) -> float:
        """0 where it has ended."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / MIB
        return 0.0


def start(script: str, side: str, folders: Sequence[Path], machine: Machine, folder: Path) -> Running:
    """A server of a side over adapters, from its start until it is ready.

    Raises: SystemExit: it ended before; its last words are shown.
    """
    port, work = free_port(), folder / "servers" / side
    work.mkdir(parents=True, exist_ok=True)
    mark = work / "imported"
    mark.unlink(missing_ok=True)
    told = {"port": port, "folders": [str(path) for path in folders], "mark": str(mark), "threads": machine.threads}
    (work / "server.json").write_text(json.dumps(told))
    environment = os.environ | {
        "OMP_NUM_THREADS": str(machine.threads), "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    began = time.time()
    with (work / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, script, "--child", side, "--work", str(work)], env=environment, stdout=log, stderr=log
        )
    os.sched_setaffinity(process.pid, machine.of_server)
    _await(process, port, work / "log.txt")
    ready = time.time()
    return Running(process, port, ready - began, ready - float(mark.read_text()))


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"a server ended before it was ready.\n{log.read_text(errors='replace')[-3000:]}")
        with contextlib.suppress(OSError, urllib.error.URLError):
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10).status == 200:
                return
        time.sleep(0.02)
    process.kill()
    raise SystemExit(f"a server was not ready within {MOST_SECONDS:.0f} s.\n{log.read_text(errors='replace')[-3000:]}")


def counters_in(text: str) -> dict[str, float]:
    """Figures in Prometheus' text format whose name speaks of adapters."""
    lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines if "adapter" in name and not name.endswith("_created")}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def weighed(server: Running, seconds: float = 0.5) -> Iterator[list[float]]:
    """Its resident memory in MiB again and again, until the end."""
    sizes: list[float] = []
    is_over = threading.Event()

    def weigh() -> None:
        while not is_over.wait(seconds):
            sizes.append(server.resident_mib())

    thread = threading.Thread(target=weigh, daemon=True)
    thread.start()
    try:
        yield sizes
    finally:
        is_over.set()
        thread.join()
