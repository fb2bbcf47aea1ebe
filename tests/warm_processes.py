"""Fresh processes, forked from one that has imported torch, transformers and peft: importing them takes seconds.

Each is still a process of its own that knows nothing of tunecard. What is asked with another environment, such as a cache
of the Hub, is started anew.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

# Hears `{"start": {...}}` and answers with a process id; hears `{"wait": id}` and answers with its exit code, or None.
PARENT = """
import json, os, runpy, sys, traceback
from peft import PeftModel
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

def become(arguments, cwd, out, err):
    os.chdir(cwd)
    for number, path in enumerate((os.devnull, out, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.argv = arguments
    try:
        if arguments[0] == "-c":
            exec(compile(arguments.pop(), "<string>", "exec"), {"__name__": "__main__"})
        else:
            runpy.run_path(arguments[0], run_name="__main__")
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

for line in sys.stdin:
    asked = json.loads(line)
    if "start" in asked:
        answer = os.fork()
        if answer == 0:
            code = become(**asked["start"])
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    else:
        ended, status = os.waitpid(asked["wait"], 0 if asked["patient"] else os.WNOHANG)
        answer = os.waitstatus_to_exitcode(status) if ended else None
    print(json.dumps(answer), flush=True)
"""


class WarmProcesses:
    """The parent is started by the first process asked for, and with its environment."""

    def __init__(self) -> None:
        self._parent: subprocess.Popen[str] | None = None
        self._environment: dict[str, str] = {}

    @contextmanager
    def forking(self) -> Iterator[None]:
        """Inside, tunecard's fresh processes are forked."""
        from tunecard.stock import fresh_process

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fresh_process, "subprocess", SimpleNamespace(Popen=self._start, PIPE=subprocess.PIPE))
            yield

    def close(self) -> None:
        if self._parent is not None:
            self._parent.communicate()

    def ask(self, question: dict[str, Any]) -> Any:
        assert self._parent is not None and self._parent.stdin and self._parent.stdout
        print(json.dumps(question), file=self._parent.stdin, flush=True)
        return json.loads(self._parent.stdout.readline())

    def _start(self, command: Sequence[str], *, cwd: Path, env: dict[str, str], **streams: Any) -> Any:
        if self._parent is None:
            own = [sys.executable, "-I", "-c", PARENT]
            self._parent = subprocess.Popen(own, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self._environment = env
        if env != self._environment or list(command[:2]) != [sys.executable, "-I"]:
            return subprocess.Popen(command, cwd=cwd, env=env, **streams)
        return _Forked(self, list(command[2:]), cwd)


class _Forked:
    """As much of `subprocess.Popen` as a fresh process needs."""

    def __init__(self, warm: WarmProcesses, arguments: list[str], cwd: Path) -> None:
        self.returncode: int | None = None
        self._warm = warm
        self._place = tempfile.TemporaryDirectory()
        self._streams = [Path(self._place.name) / name for name in ("out", "err")]
        out, err = map(str, self._streams)
        self._id: int = warm.ask({"start": {"arguments": arguments, "cwd": str(cwd), "out": out, "err": err}})

    def poll(self) -> int | None:
        return self._wait(patient=False)

    def kill(self) -> None:
        os.kill(self._id, signal.SIGKILL)

    def communicate(self) -> tuple[str, str]:
        self._wait(patient=True)
        out, err = (path.read_text() if path.exists() else "" for path in self._streams)
        self._place.cleanup()
        return out, err

    def _wait(self, *, patient: bool) -> int | None:
        if self.returncode is None:
            self.returncode = self._warm.ask({"wait": self._id, "patient": patient})
        return self.returncode
