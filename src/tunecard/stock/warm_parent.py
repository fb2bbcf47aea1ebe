"""A process that imports torch, transformers and peft beside a run; fresh processes are forked from it.

Importing them takes seconds, once a process. A forked one is still a process of its own that knows nothing of tunecard.
No torch is imported here, so that a door can start it before anything else.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tunecard.ranks.place import own_place
from tunecard.stock import parent_script

PASSED_ON = {
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT",
    "OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",
}  # fmt: skip
QUIET = {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TOKENIZERS_PARALLELISM": "false"}
OFFLINE = {"HF_HUB_OFFLINE": "1"}


def plain_environment() -> dict[str, str]:
    """What a stranger's process is given of this one's environment: no key, no path to tunecard, no network."""
    kept = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    return {**kept, **QUIET, **OFFLINE}


class WarmParent:
    """The process, and the folder in which its children find bases by their ids, as in a cache of the Hub."""

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="tunecard-warm-")
        self.hub = Path(self._place.name) / "hub"
        self.hub.mkdir()
        self.bases: dict[str, Path] = {}
        self.environment = plain_environment()
        self._is_ready = False
        self._process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-I", str(Path(parent_script.__file__))], cwd=self._place.name,
            env={**self.environment, "HF_HUB_CACHE": str(self.hub)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def is_ready(self) -> bool:
        """Waits until it has imported all; False where it has ended instead."""
        if not self._is_ready:
            self._is_ready = self._heard() == parent_script.READY
        return self._is_ready and self._process.poll() is None

    def start(self, arguments: Sequence[str], cwd: Path) -> ForkedProcess:
        """Forks what `python -I ARGUMENTS` would be. Raises: OSError: the parent has ended."""
        return ForkedProcess(self, arguments, cwd)

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Raises: OSError: the parent has ended."""
        assert self._process.stdin is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer = self._heard()
        if answer is self:
            raise BrokenPipeError("the process that others are forked from has ended")
        return answer

    def close(self) -> None:
        """Ends the process and removes its folder."""
        self._process.kill()
        self._process.communicate()
        self._place.cleanup()

    def _heard(self) -> Any:
        """Its next answer; this object itself where it will give none any more."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line else self


class ForkedProcess:
    """As much of `subprocess.Popen` as a fresh process needs."""

    def __init__(self, parent: WarmParent, arguments: Sequence[str], cwd: Path) -> None:
        self.returncode: int | None = None
        self._parent = parent
        self._place = tempfile.TemporaryDirectory(prefix="tunecard-streams-")
        self._out, self._err = (Path(self._place.name) / name for name in ("out", "err"))
        asked = {"arguments": list(arguments), "cwd": str(cwd), "out": str(self._out), "err": str(self._err)}
        self._id: int = parent.ask({"start": asked})

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._wait(patient=False)

    def kill(self) -> None:
        """Ends it."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._id, signal.SIGKILL)

    def communicate(self) -> tuple[str, str]:
        """Waits; what it said on standard output and standard error."""
        self._wait(patient=True)
        out, err = (path.read_text() if path.is_file() else "" for path in (self._out, self._err))
        shutil.rmtree(self._place.name, ignore_errors=True)
        return out, err

    def _wait(self, *, patient: bool) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self._parent.ask({"wait": self._id, "patient": patient})
            except OSError:  # the parent was ended, and so nobody can say how it went
                self.returncode = -signal.SIGKILL
        return self.returncode


_CURRENT: list[WarmParent] = []


@contextmanager
def warm_parent() -> Iterator[None]:
    """Inside, fresh processes are forked from one that is started now; outermost where several stand inside each other.

    Only Linux forks a process that has imported torch without harm; elsewhere each is started anew. Of several that
    train, the first alone asks stock PEFT.
    """
    if _CURRENT or sys.platform != "linux" or not own_place().is_first:
        yield
        return
    parent = WarmParent()
    try:
        with forked_from(parent):
            yield
    finally:
        parent.close()


@contextmanager
def forked_from(parent: WarmParent) -> Iterator[None]:
    """Inside, fresh processes are forked from this one."""
    _CURRENT.append(parent)
    try:
        yield
    finally:
        _CURRENT.pop()


def await_warm_parent() -> None:
    """Waits until nothing is imported in the background any more, so that what is timed next has the machine alone."""
    if _CURRENT:
        _CURRENT[-1].is_ready()


def ready_parent(environment: Mapping[str, str]) -> WarmParent | None:
    """The one at hand, once it has imported all; None where it has ended, or was started with another environment."""
    if not _CURRENT or _CURRENT[-1].environment != environment or not _CURRENT[-1].is_ready():
        return None
    return _CURRENT[-1]
