"""Commands in forked processes: what importing torch costs is paid once, and every process still has a death of its own."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import runpy
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import campaign_faults
from campaign_faults import FULL, Course, Fault

PR_SET_PDEATHSIG, CLONE_NEWNS, MS_REC, MS_PRIVATE, MS_REMOUNT = 1, 0x20000, 0x4000, 1 << 18, 32
ROOMY = 2**30


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code or minus the signal, and what it said."""

    code: int
    said: str


class Disk:
    """A small disk in memory, where the system lets us mount one for this process alone; else a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._libc = folder, ctypes.CDLL(None, use_errno=True)
        self.is_small = self._mount()

    def fill(self, free: int) -> None:
        """Leaves so many bytes free."""
        stat = os.statvfs(self.folder)
        self._size((stat.f_blocks - stat.f_bfree) * stat.f_frsize + free)

    def empty(self) -> None:
        """Gives it room again."""
        if self.is_small:
            self._size(ROOMY)

    def _mount(self) -> bool:
        if self._libc.unshare(CLONE_NEWNS) or self._libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None):
            return False
        return not self._libc.mount(b"tmpfs", bytes(self.folder), b"tmpfs", 0, f"size={ROOMY}".encode())

    def _size(self, size: int) -> None:
        options = f"size={max(4096, size)}".encode()
        if self._libc.mount(b"tmpfs", bytes(self.folder), None, MS_REMOUNT, options):
            raise OSError(ctypes.get_errno(), "the small disk cannot be made another size")


def run_command(arguments: Iterable[str], fault: Fault | None = None, disk: Disk | None = None) -> Ended:
    """`tunecard ARGUMENTS` in a process of its own that meets a fault."""
    if fault and fault.kind == FULL and disk:
        disk.fill(int(fault.at))
    ended, _ = _ended(lambda: _tunecard(list(arguments), fault))
    if disk:
        disk.empty()
    return ended


def measure(arguments: Iterable[str], counted: Path) -> Course:
    """The course of a command that meets no fault; what it had imported is then imported here, too.

    Args:
        counted: a file for what it has counted.
    """
    ended, used = _ended(lambda: _counted(list(arguments), counted))
    if ended.code:
        raise RuntimeError(f"{list(arguments)} fails without a fault:\n{ended.said}")
    found = json.loads(counted.read_text())
    for name in found["modules"]:
        if name not in sys.modules:
            with suppress(Exception):
                importlib.import_module(name)
    return Course(found["operations"], used.ru_utime + used.ru_stime, found["written"])


def _ended(work: Callable[[], int]) -> tuple[Ended, resource.struct_rusage]:
    """Does `work` in a forked process. What it says comes by a pipe, which no fault of a disk can stop."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _become(work, write, write)
    os.close(write)
    with os.fdopen(read, errors="replace") as stream:
        said = stream.read()
    _, status, used = os.wait4(child, 0)
    return Ended(os.waitstatus_to_exitcode(status), said), used


def _tunecard(arguments: list[str], fault: Fault | None, done: Callable[[int], None] | None = None) -> int:
    from tunecard.cli import main

    with forked_fresh_processes():
        campaign_faults.arm(fault, done)
        return main(arguments)


def _counted(arguments: list[str], counted: Path) -> int:
    seen = [0]
    before = _written()
    code = _tunecard(arguments, None, lambda number: seen.__setitem__(0, number))
    names = [name for name in sys.modules if name.partition(".")[0] not in ("__main__", "campaign")]
    written = _written() - before
    content = {"operations": seen[0], "modules": names, "written": written}
    counted.write_text(json.dumps(content))
    return code


def _written() -> int:
    """Bytes that this process asked the system to write."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def _become(work: Callable[[], int], out: int, err: int) -> None:
    """The rest of a forked process, which says what it says into open files."""
    code = 70
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))  # noqa: SIM115 - to the end
        for number in {out, err}:
            os.close(number)
        code = work()
    except BaseException:  # noqa: BLE001 - it is told, and the process ends
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


@contextmanager
def forked_fresh_processes() -> Iterator[None]:
    """Inside, the processes that tunecard starts to look at an adapter from outside are forked: healthy ones."""
    from tunecard.stock import fresh_process

    before = fresh_process.subprocess
    fresh_process.subprocess = SimpleNamespace(Popen=_Forked, PIPE=before.PIPE)  # type: ignore[assignment]
    try:
        yield
    finally:
        fresh_process.subprocess = before


class _Forked:
    """As much of `subprocess.Popen` as tunecard needs: `[python, -I, script, ...]` or `[python, -I, -c, code]`."""

    def __init__(self, command: list[str], *, cwd: Path, env: dict[str, str], **streams: Any) -> None:
        self.returncode: int | None = None
        self._files = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115 - until it is asked
        self._child = os.fork()
        if self._child == 0:
            campaign_faults.disarm()
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(env)
            out, err = (os.dup(file.fileno()) for file in self._files)
            _become(lambda: _run_script(command[2:]), out, err)

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def kill(self) -> None:
        os.kill(self._child, signal.SIGKILL)

    def communicate(self) -> tuple[str, str]:
        self._wait(0)
        texts = []
        for file in self._files:
            file.seek(0)
            texts.append(file.read().decode())
        return texts[0], texts[1]

    def _wait(self, how: int) -> int | None:
        if self.returncode is None:
            ended, status = os.waitpid(self._child, how)
            self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode


def _run_script(arguments: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    sys.argv = arguments
    if arguments[0] == "-c":
        exec(compile(arguments.pop(), "<string>", "exec"), {"__name__": "__main__"})
    else:
        runpy.run_path(arguments[0], run_name="__main__")
    return 0
