"""Faults as a process meets them: killed at an operation or in the middle of a write, signalled, out of disk.

Nothing is replaced by a stand-in: the kernel kills, the kernel refuses. Python only counts, to know when.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# What Python tells its audit hooks before it asks the system; fsync, which it does not tell, is counted beside.
OPERATIONS = {
    "open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.utime", "shutil.rmtree",
    "shutil.copyfile", "shutil.move", "tempfile.mkstemp", "tempfile.mkdtemp", "socket.connect",
}  # fmt: skip
KILLED, IN_WRITE, BY_TIME = "killed at an operation", "killed inside a write", "killed after processor time"
TERM, INT, TWICE = "SIGTERM", "SIGINT", "two signals"
FULL, SMALL = "disk full", "file too large"
KILLS, SIGNALS, DISKS = (KILLED, IN_WRITE, BY_TIME), (TERM, INT, TWICE), (FULL, SMALL)


@dataclass(frozen=True)
class Fault:
    """What happens, and when: at which operation, after how many bytes, or after which share of the processor time."""

    kind: str
    at: float

    def __str__(self) -> str:
        return f"{self.kind} ({self.at:g})"


@dataclass(frozen=True)
class Course:
    """What a command came to when nothing went wrong: its operations, processor seconds, and bytes written."""

    operations: int
    seconds: float
    written: int


def draw(dice: random.Random, course: Course, *, has_disk: bool) -> Fault:
    """A fault somewhere in the course of a command, one kind as likely as another of its family."""
    family = dice.choice([KILLS, KILLS, SIGNALS, DISKS])
    kind = dice.choice([one for one in family if has_disk or one != FULL])
    if kind == BY_TIME:
        return Fault(kind, round(dice.uniform(0.001, course.seconds), 4))
    if kind == FULL:
        return Fault(kind, dice.randrange(0, max(1, course.written)))
    if kind in (IN_WRITE, SMALL):  # sizes of files are spread over powers of ten
        return Fault(kind, int(course.written ** dice.uniform(0.3, 0.95)))
    return Fault(kind, dice.randint(1, course.operations))


def arm(fault: Fault | None, done: Callable[[int], None] | None = None) -> None:
    """Prepares this process for its fault; a full disk is the parent's to make.

    Args:
        done: is told the number of operations so far, at each.
    """
    strike = _STRIKES.get(fault.kind) if fault else None
    _count(int(fault.at) if fault and strike else 0, strike or (lambda: None), done)
    if fault and fault.kind in (IN_WRITE, SMALL):
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if fault.kind == IN_WRITE else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(fault.at), resource.RLIM_INFINITY))
    if fault and fault.kind == BY_TIME:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, fault.at)


def disarm() -> None:
    """For a process that this one starts: it is healthy."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _twice() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)


_STRIKES: dict[str, Callable[[], None]] = {
    KILLED: _kill,
    TERM: lambda: os.kill(os.getpid(), signal.SIGTERM),
    INT: lambda: os.kill(os.getpid(), signal.SIGINT),
    TWICE: _twice,
}


def _count(at: int, strike: Callable[[], None], done: Callable[[int], None] | None) -> None:
    """Counts the operations of this process alone, and strikes before the one numbered `at`."""
    own, seen, fsync = os.getpid(), 0, os.fsync

    def operate() -> None:
        nonlocal seen
        seen += 1
        if done:
            done(seen)
        if seen == at:
            strike()

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in OPERATIONS and os.getpid() == own and (event != "open" or _writes(arguments)):
            operate()

    def counted_fsync(handle: int) -> None:
        operate()
        fsync(handle)

    os.fsync = counted_fsync
    sys.addaudithook(hear)


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Whether a file is opened to be written; of the others those outside Python's own libraries count, too."""
    path, _, flags = arguments
    is_written = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return is_written or (isinstance(path, str | os.PathLike) and "campaign" in os.fspath(path))
